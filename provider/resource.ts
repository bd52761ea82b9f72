/**
 * Life cycle of a resource, the same for all: check, diff from the onChange table, create, read, update, delete. What
 * differs is a `ResourceType`, one file each in `resources/`.
 */
import type { dynamic } from "@pulumi/pulumi";
import type { Adviser } from "./adviser";
import type { Graph } from "./graph/client";
import { isGone } from "./graph/errors";
import { changes, describeChange, equal, type OnChange } from "./on-change";
import { UserError } from "./user-error";
import type { Properties } from "./values";

/** One thing that is wrong with the inputs, on the property that it belongs to. */
export interface Failure {
  property: string;
  reason: string;
}

/** An object as the service has it. */
export interface Observed {
  id: string;
  /** The inputs that would have made it so, for the next diff. */
  inputs: Properties;
  /** What is known of it beyond the inputs. */
  computed: Properties;
}

export interface ResourceType {
  kind: string;
  /** How messages name one object: `email profile "Mail on iPhones"`. */
  describe(inputs: Properties): string;
  onChange: Record<string, OnChange>;
  /**
   * A replacement is made before the old one is deleted: two can be there for a while, and none must not be. Elsewhere
   * a name or a profile's assignments belong to one object at a time, so the old one goes first.
   */
  newFirst?: true;
  /**
   * What an object holds that there is one of, as an entry of `ours`: of an object that the program has replaced
   * (`--target-replace`) the engine asks no diff, so its id is not met.
   */
  holds?(inputs: Properties): string;
  /** All that is wrong with the inputs by themselves. */
  validate(inputs: Properties): Failure[];
  /**
   * All that is wrong with them in this tenant; reads, never writes. Called where `validate` finds nothing.
   * @param olds inputs of the object that exists; empty before it is made
   * @param ours ids of objects that this run has met in the stack, and what they hold: one that is to be replaced is in nobody's way, and
   *   two of one program that want the same thing are told so by the SDK (claims) and at create
   */
  validateInTenant(graph: Graph, inputs: Properties, olds: Properties, ours: ReadonlySet<string>): Promise<Failure[]>;
  /** @param ours as above: what the new object may take the place of without being asked to */
  create(graph: Graph, inputs: Properties, ours: ReadonlySet<string>): Promise<Observed>;
  observe(graph: Graph, id: string, inputs: Properties): Promise<Observed>;
  update(graph: Graph, id: string, olds: Properties, news: Properties): Promise<Observed>;
  /** @returns a text where the user should know something of it now */
  remove(graph: Graph, id: string, olds: Properties): Promise<unknown>;
}

/** An object was made, but not all of it: the engine records it, so that the next run goes on from there. */
export class PartlyMadeError extends UserError {
  readonly reasons: string[];
  constructor(
    readonly id: string,
    /** What is known of it beyond its inputs. */
    public properties: Properties,
    cause: unknown,
  ) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(reason);
    this.reasons = [reason];
  }
}

/** The engine takes the properties of a half-made object as they are, so all of its inputs have to be among them. */
async function recorded<T>(inputs: Properties, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof PartlyMadeError) error.properties = givenOnly({ ...inputs, ...error.properties });
    throw error;
  }
}

/** Observed values, as state has them where the two are equal: another order of a set is no drift. */
const asBefore = (table: Record<string, OnChange>, olds: Properties, seen: Properties): Properties =>
  Object.fromEntries(
    Object.entries(seen).map(([name, value]) => [name, equal(table[name], olds[name], value) ? olds[name] : value]),
  );

/** Without what is undefined, which the SDK's server cannot send. */
const givenOnly = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));

/** Says something to the user of this run; each thing once, as the engine asks for some diffs twice. */
export type Say = (message: string) => void;

export function lifeCycle(
  type: ResourceType,
  graph: () => Graph,
  say: Say,
  adviser: Adviser,
): Required<Omit<dynamic.ResourceProvider, "configure">> {
  const ours = new Set<string>();
  const outputs = (inputs: Properties, observed: Observed) => givenOnly({ ...inputs, ...observed.computed });

  return {
    async check(olds: Properties, news: Properties) {
      if (type.holds && Object.keys(olds).length > 0) ours.add(type.holds(olds));
      const failures = type.validate(news);
      if (failures.length === 0) failures.push(...(await type.validateInTenant(graph(), news, olds, ours)));
      if (failures.length === 0) await adviser.met(type.kind, news, olds);
      return { inputs: news, failures };
    },

    async diff(id: string, olds: Properties, news: Properties) {
      ours.add(id);
      adviser.is(id, type.kind, news);
      const found = changes(type.onChange, olds, news);
      const replaces = found.filter((change) => change.onChange.does === "replace");
      if (replaces.length > 0) {
        const why = replaces.map(describeChange).join("; ");
        const how = type.newFirst
          ? "has to be replaced: a new one takes over, then this one is deleted"
          : "has to be deleted and made anew";
        say(`${type.describe(olds)} ${how}. ${why}`);
      } else if (found.length > 0)
        await adviser.changes(
          id,
          type.kind,
          olds,
          found.map((change) => change.property),
        );
      return {
        changes: found.length > 0,
        replaces: replaces.map((change) => change.property),
        // This also holds where the program's replaceOnChanges asks for the replacement.
        deleteBeforeReplace: !type.newFirst,
      };
    },

    async create(inputs: Properties) {
      const observed = await recorded(inputs, () => type.create(graph(), inputs, ours));
      adviser.is(observed.id, type.kind, inputs);
      const seen = asBefore(type.onChange, inputs, observed.inputs);
      return { id: observed.id, outs: outputs({ ...inputs, ...seen }, observed) };
    },

    async read(id: string, props: Properties) {
      try {
        const observed = await type.observe(graph(), id, props);
        const inputs = givenOnly({ ...asBefore(type.onChange, props, observed.inputs), kind: type.kind });
        return { id, inputs, props: outputs(inputs, observed) };
      } catch (error) {
        // Only this means gone; after any other failure the object may well be there.
        if (isGone(error)) return { id: "", props: {} };
        throw error;
      }
    },

    async update(id: string, olds: Properties, news: Properties) {
      return { outs: outputs(news, await recorded(news, () => type.update(graph(), id, olds, news))) };
    },

    async delete(id: string, olds: Properties) {
      try {
        const remark = await type.remove(graph(), id, olds);
        if (typeof remark === "string") say(remark);
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    },
  };
}
