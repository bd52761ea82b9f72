import type { Engine } from "./engine";
export function createPulumiEngine(_c: string): Engine { throw new Error("todo"); }
