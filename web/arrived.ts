/** The invite this page was opened with, taken out of the address bar. Must be the first import of `main.ts`: nothing runs before it. */
import { takeArrival } from './arrival.ts';

export const arrived: string = takeArrival(location, history);
