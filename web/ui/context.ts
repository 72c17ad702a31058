/** How components reach the session: as values and verbs (`session/types.ts`), never as its classes. */
import { createContext } from 'svelte';
import type { AppView, RoomView } from '../session/types.ts';

export const [useApp, provideApp] = createContext<AppView>();
export const [useRoom, provideRoom] = createContext<RoomView>();
