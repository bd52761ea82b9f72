/** Android: objects of keys and values, as JSON. */
import type { Settings } from "./settings";
import { read, type Table, type Wires } from "./table";

export const printJson = (wires: Wires): string => `${JSON.stringify(wires, null, 2)}\n`;

/** The settings that an object gives the device. */
export const readJson =
  (table: Table) =>
  (text: string): Partial<Settings> =>
    read(table, JSON.parse(text) as Wires);
