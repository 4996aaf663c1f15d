/** VitePress' own theme with the colours of Tallyboard. */
import DefaultTheme from 'vitepress/theme';
import './style.css';

export default DefaultTheme;
