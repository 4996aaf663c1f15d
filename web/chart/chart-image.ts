/** The chart as a picture: its lanes with titles and legend on one canvas, drawn once more at the picture's size. */
import type { ChartModel } from './chart-model.js';

interface ImageSource {
  readonly model: ChartModel;
  readonly element: HTMLElement | null;
}

let getSource: (() => ImageSource) | undefined;

/** Tells which chart a picture is made of. @returns a function that takes it back */
export function setImageSource(source: () => ImageSource): () => void {
  getSource = source;
  return () => {
    if (getSource === source) getSource = undefined;
  };
}
