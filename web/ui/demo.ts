/**
 * Every screen and state with plain objects in place of the session: `npx vite web`, then `/ui/demo.html?scene=talk`.
 * `&theme=dark`, `&language=de`, `&online=no` and `&missing=share,webrtc` change what they say. For looking at and for the
 * accessibility tests; never part of a build.
 */
import { mount } from 'svelte';
import App from '../App.svelte';
import type { AppView, MissingFeature } from '../session/types.ts';
import { demoApp, longRoom, scenes } from './demo-scenes.svelte.ts';

declare global {
  interface Window {
    demo: { readonly app: AppView; readonly scenes: readonly string[]; readonly calls: string[]; enter(messages: number): void };
  }
}

const query = new URLSearchParams(location.search);
const calls: string[] = [];
const app = demoApp(query.get('scene') ?? 'home', {
  theme: query.get('theme') ?? 'system',
  language: query.get('language') ?? 'en',
  online: query.get('online') !== 'no',
  missing: (query.get('missing') ?? '').split(',').filter(Boolean) as MissingFeature[],
  update: query.has('update'),
  calls,
});
window.demo = { app, scenes: Object.keys(scenes), calls, enter: (messages) => app.show(longRoom(messages, calls)) };
mount(App, { target: document.getElementById('app')!, props: { app } });
