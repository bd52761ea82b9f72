/** Shape of a platform: one file says all that is particular to one email profile type. */
import type { z } from "zod";
import type { Setting } from "./resources/email-profile-settings";

/** A setting that the platform has. */
export interface Has {
  value: z.ZodType;
  /** Whether it must be given: nothing is filled in (E2). */
  required: boolean;
  /**
   * How it travels: as a property of Graph's type, as a link to another object, or, where Graph has no property for
   * what the platform can do, as an annotation (E3).
   */
  as: "property" | "link" | "annotation";
  /** What the service has where the setting is not given, and what taking it away sends. Default: null. */
  cleared?: unknown;
  /** How the value is written on the wire, where it is not as it is in the program. */
  wire?: { write(value: unknown): unknown; read(value: unknown): unknown };
}

/** A setting that the platform lacks, and why. */
export interface Lacks {
  lacks: string;
}

export interface Platform {
  /** How messages name it. */
  title: string;
  /** Graph's type, without `#microsoft.graph.`. */
  odataType: string;
  settings: Record<Setting, Has | Lacks>;
}

/** Kept apart by type too, so that the compiler can hold the SDK's arguments against these tables. */
export type Required<V extends z.ZodType = z.ZodType> = Has & { required: true; value: V };
export type Optional<V extends z.ZodType = z.ZodType> = Has & { required: false; value: V };

type MakeRequired = <V extends z.ZodType>(value: V) => Required<V>;
type MakeOptional = <V extends z.ZodType>(value: V, cleared?: unknown) => Optional<V>;

export const required: MakeRequired = (value) => ({ value, required: true, as: "property" });
export const optional: MakeOptional = (value, cleared = null) => ({ value, required: false, as: "property", cleared });
export const link: MakeOptional = (value) => ({ value, required: false, as: "link" });
export const annotation: MakeOptional = (value) => ({ value, required: false, as: "annotation" });
export const lacks = (why: string): Lacks => ({ lacks: why });

export const has = (row: Has | Lacks): row is Has => !("lacks" in row);
