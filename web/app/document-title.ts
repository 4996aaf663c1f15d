/** The title of the tab tells what is shown, and that it is not live. */
import { useEffect } from 'preact/hooks';
import type { BoardData } from '../data/board-data.js';
import { readBrand } from './brand.js';

const brand = readBrand(document);

/** @param isOn false to leave the title to another part */
export function useDocumentTitle(data: BoardData, isOn = true): void {
  const { state } = data.status.value;
  const title = data.definition.value?.title ?? data.name;
  useEffect(() => {
    if (isOn) document.title = `${state === 'live' ? '' : `${state} · `}${title} · ${brand.name}`;
  }, [title, state, isOn]);
}
