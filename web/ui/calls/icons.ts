/** Icons of calls; drawn as those of the kit. */
export const icons = {
  microphone: 'M12 15a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3ZM6 12a6 6 0 0 0 12 0M12 18v3',
  muted: 'M4 4l16 16M15 11V6a3 3 0 0 0-5.6-1.5M9 9v3a3 3 0 0 0 4.5 2.6M6 12a6 6 0 0 0 9.5 4.9M18 12a6 6 0 0 1-.4 2.1M12 18v3',
  camera: 'M3 7h12v10H3zM15 11l6-4v10l-6-4',
  noCamera: 'M4 4l16 16M9 7h6v6M15 11l6-4v10l-3-2M15 17H3V7h2',
  screen: 'M3 5h18v11H3zM9 20h6M12 16v4M9 11l3-3 3 3M12 8v5',
  hangUp: 'M3 15v-2c5-5 13-5 18 0v2l-4 1-1-3a13 13 0 0 0-8 0l-1 3Z',
  smaller: 'm6 9 6 6 6-6',
  larger: 'm6 15 6-6 6 6',
  choices: 'M4 8h9M17 8h3M4 16h3M11 16h9M15 6v4M9 14v4',
} as const;
