/**
 * Whether node_modules is what package-lock.json says, by their contents: npm writes down in node_modules/.package-lock.json what it has
 * installed. Their times say nothing, since a checkout makes a file newer that is the same, and a copy makes one older that is not.
 */
import { readFileSync } from 'node:fs';

/**
 * Both are paths. What is optional may be missing: most of that is for other machines, and the rest is done without where it could not be built.
 * What is there besides is in nobody's way.
 */
export function isInstalled(wanted, installed) {
  const there = packagesIn(installed);
  return (
    there !== undefined &&
    Object.entries(packagesIn(wanted) ?? {}).every(([place, { version, integrity, optional, devOptional, link }]) => {
      if (place === '' || link === true) return true;
      const found = there[place];
      if (found === undefined) return optional === true || devOptional === true;
      return found.version === version && found.integrity === integrity;
    })
  );
}

/** By their places; undefined where there is no such file, or one that was cut off. */
function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
