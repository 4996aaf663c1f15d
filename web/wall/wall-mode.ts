/** Makes the page a wall while it is shown: sizes by the screen, no pointer, and a screen that stays awake. */
import { useEffect, useState } from 'preact/hooks';
import { keepScreenAwake } from './wake-lock.js';

/** Time without a movement after which the pointer goes, milliseconds. */
const POINTER_MS = 2_000;

export interface WindowSize {
  readonly width: number;
  readonly height: number;
}

/** @param hasPointer true to show the pointer all the time */
export function useWallMode(hasPointer: boolean): void {
  useEffect(() => {
    document.documentElement.dataset['wall'] = '';
    const letSleep = keepScreenAwake();
    return () => {
      delete document.documentElement.dataset['wall'];
      letSleep();
    };
  }, []);
  useEffect(() => {
    document.documentElement.toggleAttribute('data-pointer', hasPointer);
    return () => document.documentElement.removeAttribute('data-pointer');
  }, [hasPointer]);
}

/** Returns true while the pointer moves, and for 2 s after. */
export function usePointer(): boolean {
  const [isMoving, setMoving] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = '';
    const onMove = ({ screenX, screenY }: PointerEvent): void => {
      const place = `${screenX} ${screenY}`;
      // Browsers report a pointer that rests when what lies under it changes.
      if (place === last) return;
      last = place;
      setMoving(true);
      clearTimeout(timer);
      timer = setTimeout(() => setMoving(false), POINTER_MS);
    };
    addEventListener('pointermove', onMove);
    return () => {
      removeEventListener('pointermove', onMove);
      clearTimeout(timer);
    };
  }, []);
  return isMoving;
}

export function useWindowSize(): WindowSize {
  const [size, setSize] = useState<WindowSize>(readSize);
  useEffect(() => {
    const onResize = (): void => setSize(readSize());
    addEventListener('resize', onResize);
    return () => removeEventListener('resize', onResize);
  }, []);
  return size;
}

function readSize(): WindowSize {
  return { width: innerWidth, height: innerHeight };
}
