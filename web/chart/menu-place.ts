/** Places a menu of the top layer under the button that opens it. */

/** Distance to the button and to the edges of the page, CSS pixels. */
const [DISTANCE_PX, EDGE_PX] = [6, 8];

export function placeMenu(menu: HTMLElement, button: HTMLElement | null): void {
  if (!button) return;
  const box = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const isRtl = getComputedStyle(button).direction === 'rtl';
  const left = isRtl ? box.right - width : box.left;
  const hasRoomBelow = box.bottom + DISTANCE_PX + height <= innerHeight - EDGE_PX;
  const top = hasRoomBelow ? box.bottom + DISTANCE_PX : Math.max(EDGE_PX, box.top - DISTANCE_PX - height);
  menu.style.left = `${Math.max(EDGE_PX, Math.min(left, innerWidth - width - EDGE_PX))}px`;
  menu.style.top = `${top}px`;
}
