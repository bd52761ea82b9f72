/** Parameters of actions, as the metadata has them. */
import { badRequest } from "../errors";
import { model } from "../metadata";
import { readParameters } from "../odata";
import type { RouteRequest } from "../route";

/** Reads what an action was given; one whose parameters may all be absent needs no body. `without`: what it lacks here. */
export function readAction(request: RouteRequest, action: string, without: readonly string[] = []) {
  const operation = model.operations.find(({ kind, name }) => kind === "Action" && name === action);
  if (!operation) throw new Error(`The metadata has no action ${action}`);
  const parameters = operation.parameters.filter(({ name }) => !without.includes(name));
  const types = Object.fromEntries(parameters.map(({ name, type }) => [name, type]));
  const given = readParameters(request.body ?? {}, action, types, request.version);
  const missing = parameters.find(({ name, nullable }) => !nullable && (given[name] ?? null) === null);
  if (missing) throw badRequest(`The action '${action}' needs the parameter '${missing.name}'.`);
  return given;
}

/** The parameter that is a list of texts, which this action is of no use without. */
export function textsOf(given: Record<string, unknown>, name: string, action: string): string[] {
  const texts = given[name];
  if (Array.isArray(texts)) return texts as string[];
  throw badRequest(`The action '${action}' needs the parameter '${name}', a list of texts.`);
}
