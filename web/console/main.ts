/** The operator's page: a program of its own, served by the console's listener alone, that shares looks with the chat and nothing else. */
import './console.css';
import { mount } from 'svelte';
import Console from './Console.svelte';
import { Desk } from './desk.svelte.ts';
import { speak } from './words.svelte.ts';

await speak(navigator.language.startsWith('de') ? 'de' : 'en');
const desk = new Desk();
mount(Console, { target: document.getElementById('console') as HTMLElement, props: { desk } });
void desk.arrive();
