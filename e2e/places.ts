/** Where things are: the built product, this directory, the browsers of the system (set CHROMIUM or FIREFOX for others). */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = (...path: string[]) => join(dirname(fileURLToPath(import.meta.url)), ...path);
export const checkout = (...path: string[]) => here('..', ...path);

export const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
export const firefoxPath = process.env['FIREFOX'] ?? '/usr/bin/firefox-esr';

/** Features that load two pages for Chromium's own address bar in each window: 450 modules, 0.6 s of CPU, for what nobody looks at. */
export const addressBarPages = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'];
