/** What someone chooses who changes nothing on the form, but for the name: where the tests of the session begin. */
import type { RoomChoices } from './types.ts';

export const plainChoices: RoomChoices = {
  name: 'Ada',
  rememberName: false,
  lifetime: 5,
  relayOnly: false,
  password: '',
  history: false,
  vanishS: 0,
  approval: false,
  hosted: false,
};
