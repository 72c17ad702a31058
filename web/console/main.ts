/** The operator's page: a program of its own, served by the console's listener alone, that shares looks with the chat and nothing else. */
import './console.css';
import { mount } from 'svelte';
import Console from './Console.svelte';
import { ConsoleSession } from './session.svelte.ts';
import { speak } from './words.svelte.ts';

await speak(navigator.language.startsWith('de') ? 'de' : 'en');
const session = new ConsoleSession();
mount(Console, { target: document.getElementById('console') as HTMLElement, props: { session } });
void session.arrive();
