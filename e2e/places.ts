/** Where things are: the built product, this directory, the browsers of the system (set CHROMIUM or FIREFOX for others). */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = (...path: string[]) => join(dirname(fileURLToPath(import.meta.url)), ...path);
export const checkout = (...path: string[]) => here('..', ...path);

export const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
export const firefoxPath = process.env['FIREFOX'] ?? '/usr/bin/firefox-esr';
