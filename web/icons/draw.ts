/**
 * Draws the PNG icons of the manifest from `web/public/icon.svg`: `node web/icons/draw.ts`, whenever the mark changes.
 * Uses the browser of the end-to-end tests, so that no image library is a dependency. The maskable icon has no round
 * corners of its own and keeps the mark inside the safe circle of 80 %; Apple's is full-bleed too, since iOS rounds it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';

const at = (name: string) => fileURLToPath(new URL(`../public/${name}`, import.meta.url));
const mark = readFileSync(at('icon.svg'), 'utf8');
const fullBleed = mark.replaceAll(' rx="30"', '');
const maskable = fullBleed.replace('translate(24 23) scale(1.25)', 'translate(32 31.5) scale(1)');

const icons = [
  { name: 'icon-192.png', size: 192, svg: mark },
  { name: 'icon-512.png', size: 512, svg: mark },
  { name: 'icon-maskable-512.png', size: 512, svg: maskable },
  { name: 'icon-180.png', size: 180, svg: fullBleed },
];

const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', chromiumSandbox: false });
for (const { name, size, svg } of icons) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
  writeFileSync(at(name), await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
