/** Shortcuts: written as `aria-keyshortcuts` writes them, `Control+K`, and said as this machine's keyboard says them. */

const mac = typeof navigator === 'object' && /Mac|iP(?:hone|ad)/.test(navigator.platform);

export const keysFor = (shortcut: string): string =>
  mac ? shortcut.replace('Control+', '⌘').replace('Alt+', '⌥') : shortcut.replace('Control', 'Ctrl');

type Press = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'isComposing'>;

/** The shortcut that was pressed, or undefined. `Control` is the command key where there is one. */
export function pressed({ key, ctrlKey, metaKey, altKey, isComposing }: Press): string | undefined {
  if (isComposing) return undefined;
  const name = key.length === 1 ? key.toUpperCase() : key;
  if (mac ? metaKey : ctrlKey) return altKey ? undefined : `Control+${name}`;
  return altKey ? `Alt+${name}` : name;
}

/** Whether a letter pressed there is meant as text. */
export const takesText = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;
