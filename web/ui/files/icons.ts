/** Icons of what has to do with files; drawn as those of the kit. */
export const icons = {
  attach: 'M8 12.5 14.2 6a3 3 0 0 1 4.3 4.3L10.7 18a5 5 0 0 1-7-7L11 4',
  camera: 'M4 8h3l2-3h6l2 3h3v11H4zM12 16a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  microphone: 'M12 15a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3ZM6 12a6 6 0 0 0 12 0M12 18v3',
  next: 'm9 5 7 7-7 7',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 4.5v15L19.5 12z',
  previous: 'm15 5-7 7 7 7',
  save: 'M12 4v11M7 10.5l5 5 5-5M5 20h14',
} as const;
