/** The tile as it will look, beside the form. */
import type { JSX } from 'preact';
import { computed } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import type { DashboardDefinition } from '../../src/client/client.js';
import { type Board, BoardContext, useBoard } from '../app/board-context.js';
import { getRoom } from '../board/board.js';
import { useWidth } from '../board/width.js';
import { words } from '../words/locale.js';
import { listSlots } from '../tile/shown-tile.js';
import { Tile, type TileSize } from '../tile/tile.js';
import { READ } from './arranged-tile.js';
import { createPreviewData } from './preview-data.js';
import { putTile } from './read-tile-form.js';
import type { SettingsModel } from './settings-model.js';
import { getFormReading } from './tile-form.js';

/** Name of something new that has none yet. */
const PREVIEW_NAME = 'preview';

interface TilePreviewProps {
  readonly model: SettingsModel;
  readonly size?: TileSize;
}

export function TilePreview({ model, size = 'medium' }: TilePreviewProps): JSX.Element {
  const board = useBoard();
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const { isNew } = model;
  const form = model.form.value;
  const name = isNew ? PREVIEW_NAME : form.name;
  const isMeasure = form.kind === 'ratio' || form.kind === 'sum';
  const shown = useMemo((): Board => {
    const definition = computed((): DashboardDefinition => {
      const present = model.definition.value;
      const { presentation, ...read } = model.read.value;
      const { newMeasure, newCounter } = words.value.editor;
      const title = presentation.title ?? (isMeasure ? newMeasure : newCounter);
      // The service derives the scale of what is new.
      const { scale } = getFormReading(model.form.value, present);
      const titled = isNew ? { scale, ...presentation, title } : presentation;
      const { counters = {}, measures } = putTile(present, { ...read, name, presentation: titled });
      return { ...present, counters: { ...present.counters, ...counters }, ...(measures && { measures }) };
    });
    const data = createPreviewData(board.data, name, definition, isNew);
    const view = computed(() => ({ ...board.view.value, period: undefined }));
    return { ...board, data, view, right: READ };
    // Measures and counters have other numbers.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [board, model, name, isNew, isMeasure]);
  const slots = listSlots(shown.data.definition.value ?? model.definition.value);
  return (
    <BoardContext.Provider value={shown}>
      <div ref={place} class="tile-preview">
        <Tile
          name={name}
          size={size === 'large' ? 'medium' : size}
          room={getRoom(size === 'small' ? 'small' : 'medium', width)}
          getSlot={(one) => slots.get(one)}
          commonKind=""
        />
      </div>
    </BoardContext.Provider>
  );
}
