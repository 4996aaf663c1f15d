/** The buttons of a wall, shown while the pointer moves: full screen, and back to the desk. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useShortcut } from '../app/shortcuts.js';
import { Icon } from '../signs/icon.js';
import { words } from '../words/locale.js';

interface WallActionsProps {
  readonly isShown: boolean;
  readonly onLeave: () => void;
}

export function WallActions({ isShown, onLeave }: WallActionsProps): JSX.Element | null {
  const { wall } = words.value;
  const [isFull, setFull] = useState(document.fullscreenElement !== null);
  useEffect(() => {
    const onChange = (): void => setFull(document.fullscreenElement !== null);
    document.addEventListener('fullscreenchange', onChange);
    return () => document.removeEventListener('fullscreenchange', onChange);
  }, []);
  useShortcut('f', toggleFullScreen);
  if (!isShown) return null;
  return (
    <div class="wall-actions">
      <div>
        {document.fullscreenEnabled && (
          <button type="button" class="button" aria-keyshortcuts="F" onClick={toggleFullScreen}>
            <Icon name="full" />
            {isFull ? wall.windowed : wall.fullScreen}
          </button>
        )}
        <button type="button" class="button" aria-keyshortcuts="Escape" onClick={onLeave}>
          <Icon name="close" />
          {wall.leave}
        </button>
      </div>
    </div>
  );
}

/** A browser may refuse full screen: then F11 remains. */
function toggleFullScreen(): void {
  const done = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  void done.catch(() => undefined);
}
