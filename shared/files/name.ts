/**
 * A file's name is whatever its sender wrote (protocol.md "Files"), so it is made harmless by whoever shows or saves it: no directories, no
 * control, direction or invisible characters, nothing that a file system takes for something else, and short enough for all of them
 * with its ending kept. It is cleaned rather than refused: the file may be what one waited for.
 */
import { utf8 } from '../bytes.ts';
import { isHarmful } from '../handshake/name.ts';

/** Bytes that every file system takes, with room for what a browser adds. */
const savedBytes = 120;
const endingForm = /\.[\p{L}\p{N}]{1,10}$/u;
/** What Windows takes for a device, whatever its ending. */
const devices = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
const forbidden = new Set([...'<>:"/\\|?*']);
const nameless = 'file';

/** Endings that start programs where they are opened. */
const programs =
  'action apk app appimage appref-ms bat cmd com command cpl csh deb desktop dll dmg exe gadget hta inf ins iso jar jnlp js jse ksh lnk mjs msc msi msix msp pif pkg ps1 psm1 py pyw rb reg rpm run scf scr service settingcontent-ms sh swf sys url vb vbe vbs website workflow ws wsf wsh xbap xll zsh';
const programEndings = new Set(programs.split(' '));

/** The name to show and to save under. */
export function cleanFileName(said: string): string {
  const last = said.toWellFormed().normalize('NFC').split(/[/\\]/).at(-1) as string;
  const safe = [...last.replace(/\s+/gu, ' ')]
    .filter((character) => !isHarmful(character))
    .map((character) => (forbidden.has(character) ? '_' : character));
  // What stood between two spaces may be gone now.
  const bare = safe
    .join('')
    .replace(/ {2,}/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '');
  if (bare === '') return nameless;
  return shorten(devices.test(bare) ? `_${bare}` : bare);
}

/** Cuts the middle out, where neither the beginning nor the ending is. */
function shorten(name: string): string {
  if (utf8(name).length <= savedBytes) return name;
  const ending = endingForm.exec(name)?.[0] ?? '';
  let cut = '';
  let bytes = utf8(ending).length + 3;
  for (const character of name.slice(0, name.length - ending.length)) {
    bytes += utf8(character).length;
    if (bytes > savedBytes) break;
    cut += character;
  }
  return `${cut.trimEnd()}…${ending}`;
}

/** True for a file that may run when it is opened. */
export function isProgram(cleanName: string): boolean {
  const dot = cleanName.lastIndexOf('.');
  return dot > 0 && programEndings.has(cleanName.slice(dot + 1).toLowerCase());
}
