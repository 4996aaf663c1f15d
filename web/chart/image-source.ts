/** The chart that a picture is made of: the code that draws it is loaded with the first picture. */
import type { ChartModel } from './chart-model.js';

interface ImageSource {
  readonly model: ChartModel;
  /** The lanes on the page, whose titles the picture has too. */
  readonly element: HTMLElement | null;
  /** What is drawn, in a sentence. */
  readonly label: string;
}

let getSource: (() => ImageSource) | undefined;

/** Tells which chart a picture is made of. @returns a function that takes it back */
export function setImageSource(source: () => ImageSource): () => void {
  getSource = source;
  return () => {
    if (getSource === source) getSource = undefined;
  };
}

/** Returns the chart that is shown; undefined if none is. */
export function getImageSource(): ImageSource | undefined {
  return getSource?.();
}
