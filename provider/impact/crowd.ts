/** Many people and devices: sets of their numbers, a bit each, so that those of a million cost what a picture does. */

import type { Count } from "./impact";

/** A set of whole numbers from 0 on. */
export interface Numbers {
  readonly size: number;
  has(number: number): boolean;
  add(number: number): void;
  /** Takes in all of another set. */
  join(other: Numbers): void;
}

interface Bits extends Numbers {
  words: Uint32Array;
}

export function numbers(): Numbers {
  const bits: Bits = {
    words: new Uint32Array(4),
    get size() {
      return bits.words.reduce((sum, word) => sum + ones(word), 0);
    },
    has: (number) => ((bits.words[number >>> 5] ?? 0) & (1 << (number & 31))) !== 0,
    add(number) {
      reserve(bits, (number >>> 5) + 1);
      bits.words[number >>> 5]! |= 1 << (number & 31);
    },
    join(other) {
      const { words } = other as Bits;
      reserve(bits, words.length);
      for (const [at, word] of words.entries()) bits.words[at]! |= word;
    },
  };
  return bits;
}

function reserve(bits: Bits, length: number): void {
  if (length <= bits.words.length) return;
  const words = new Uint32Array(Math.max(length, bits.words.length * 2));
  words.set(bits.words);
  bits.words = words;
}

/** How many bits of a word are set. */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

export interface Crowd {
  devices: Numbers;
  people: Numbers;
}

/** A device by its number in the tenant, and the person whose it is by theirs. */
export interface Whose {
  device: number;
  person: number | null;
}

export interface Person {
  person: number;
  userPrincipalName: string;
  displayName: string;
}

export const crowd = (): Crowd => ({ devices: numbers(), people: numbers() });

export function put({ devices, people }: Crowd, { device, person }: Whose): void {
  devices.add(device);
  if (person !== null) people.add(person);
}

/** Names that are kept of a crowd. */
export const namesMax = 20;

export interface NamedCrowd extends Crowd {
  /** Some of its people. */
  names: Set<string>;
}

export const namedCrowd = (): NamedCrowd => ({ ...crowd(), names: new Set() });

export function putNamed(of: NamedCrowd, whose: Whose, name: string | null): void {
  put(of, whose);
  if (name !== null && of.names.size < namesMax) of.names.add(name);
}

/** All that are in one of them at least. */
export function together(all: Iterable<Crowd | undefined>): Crowd {
  const found = crowd();
  for (const one of all) {
    if (!one) continue;
    found.devices.join(one.devices);
    found.people.join(one.people);
  }
  return found;
}

export const countOf = ({ devices, people }: Crowd): Count => ({ people: people.size, devices: devices.size });
