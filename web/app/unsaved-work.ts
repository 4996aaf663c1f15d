/** Work that is not saved yet, so that it is not lost without a question when the address changes. */

export interface UnsavedWork {
  readonly isChanged: () => boolean;
  /** Asks whether to save. @param go called once the work is saved or discarded */
  readonly ask: (go: () => void) => void;
}

/** The latest one is asked for first: a dialog before the editor below it. */
const works: UnsavedWork[] = [];

/** @returns false if there is no unsaved work, and nothing is asked */
export function askBeforeLeaving(go: () => void): boolean {
  const work = works.findLast(({ isChanged }) => isChanged());
  work?.ask(go);
  return work !== undefined;
}

/** Also lets the browser ask before it leaves the page. @returns a function that ends it */
export function registerUnsavedWork(work: UnsavedWork): () => void {
  const onLeave = (event: BeforeUnloadEvent): void => {
    if (work.isChanged()) event.preventDefault();
  };
  works.push(work);
  addEventListener('beforeunload', onLeave);
  return () => {
    works.splice(works.indexOf(work), 1);
    removeEventListener('beforeunload', onLeave);
  };
}
