/** Drawings that follow a number calmly: at most twice a second, and only while somebody can see them. */
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { BEAT_MS, getTimeToBeat } from '../data/beat.js';

/** Time between two drawings, milliseconds: two a second would not share the beat. */
const DRAWING_INTERVAL_MS = 3 * BEAT_MS;

/** Elements that are watched, with what is called when they come into sight or leave it. */
const watched = new WeakMap<Element, (isVisible: boolean) => void>();
let observer: IntersectionObserver | undefined;

function watchVisibility(element: Element, onChange: (isVisible: boolean) => void): () => void {
  observer ??= new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) watched.get(target)?.(isIntersecting);
  });
  watched.set(element, onChange);
  observer.observe(element);
  return () => {
    watched.delete(element);
    observer?.unobserve(element);
  };
}

/** Returns a value as it was when it was last drawn. The first one is returned at once. */
export function useCalm<T>(element: RefObject<Element | null>, value: T): T {
  const [drawn, setDrawn] = useState(value);
  const state = useRef({ value, isVisible: true, timer: 0 }).current;
  state.value = value;
  const draw = useRef(() => {
    state.timer = 0;
    setDrawn(state.value);
  }).current;
  useEffect(() => {
    if (value === drawn || !state.isVisible || state.timer !== 0) return;
    state.timer = window.setTimeout(draw, getTimeToBeat(DRAWING_INTERVAL_MS));
  }, [value, drawn, state, draw]);
  useEffect(() => {
    const { current } = element;
    if (!current) return undefined;
    const unwatch = watchVisibility(current, (isVisible) => {
      state.isVisible = isVisible;
      if (isVisible) draw();
    });
    return () => {
      unwatch();
      clearTimeout(state.timer);
    };
  }, [element, state, draw]);
  return drawn;
}
