/**
 * The shapes of the operator's API as types, for both who answers and the page that asks: what a schema says is what a type says, and the
 * OpenAPI document is made of the same. Types alone: this file is nothing at run time, so it is the one file of the relay that a page may
 * name.
 */
import type { z } from 'zod';
import type * as api from './api-schemas.ts';

type Shape<Name extends keyof typeof api.schemas> = Readonly<z.infer<(typeof api.schemas)[Name]>>;

export type Me = Shape<'Me'>;
export type Role = Me['role'];
export type Account = Shape<'Account'>;
export type Token = Shape<'Token'>;
export type RelayState = Readonly<z.infer<typeof api.State>>;
export type BridgesState = NonNullable<RelayState['bridges']>;
export type Alert = Readonly<z.infer<typeof api.Alert>>;
export type Samples = Readonly<z.infer<typeof api.Samples>>;
export type Sample = Readonly<Samples['hour'][number]>;
export type Setting = Readonly<z.infer<typeof api.Setting>>;
export type AuditLine = Readonly<z.infer<typeof api.AuditLine>>;
export type Fault = Shape<'Fault'>;
