/** Starts the page. */
import './page.css';
import { watch } from '../src/client/client.js';

const main = document.createElement('main');
document.body.append(main);
watch(new URL('.', document.baseURI), {
  onSnapshot: (snapshot) => (main.textContent = JSON.stringify(snapshot.counters)),
});
