/** Links in bodies: `@odata.id` of a `$ref`, and `name@odata.bind`, held against the collections that they may lead to. */
import { badRequest, GraphError } from "../errors";
import { isRecord } from "../metadata";
import { readAddress } from "../odata";
import type { RouteRequest } from "../route";

/** The id in the body of a `$ref`; on any host, and in one of these collections. */
export function readReference(body: unknown, collections: readonly string[]): string {
  if (!isRecord(body) || body["@odata.id"] === undefined) {
    throw badRequest("A link needs a JSON object with the address of an entity in '@odata.id' as its body.");
  }
  const unknown = Object.keys(body).find((name) => !name.includes("@"));
  if (unknown !== undefined) throw badRequest(`The property '${unknown.slice(0, 100)}' does not belong to a link.`);
  return referredIn(body["@odata.id"], "@odata.id", collections);
}

/** The id in an address, `…/collection('id')` or `…/collection/id`, which must be of one of these collections. */
export function referredIn(value: unknown, name: string, collections: readonly string[]): string {
  const { collection, id } = readAddress(value, name);
  if (collections.includes(collection)) return id;
  throw badRequest(
    `The value '${String(value).slice(0, 200)}' of '${name}' is an address in '${collection}', and must be one in ${collections.join(" or ")}.`,
  );
}

/** Ids in a `name@odata.bind` of several, which is taken off the body. */
export function takeBinds(
  body: unknown,
  name: string,
  collections: readonly string[],
  max: number,
): { ids: string[]; rest: unknown } {
  if (!isRecord(body)) return { ids: [], rest: body };
  const { [`${name}@odata.bind`]: given, ...rest } = body;
  if (given === undefined) return { ids: [], rest };
  if (!Array.isArray(given)) throw badRequest(`The value of '${name}@odata.bind' must be a list of addresses.`);
  if (given.length > max)
    throw badRequest(`'${name}@odata.bind' has ${given.length} links: at most ${max} are allowed.`);
  return { ids: given.map((each) => referredIn(each, `${name}@odata.bind`, collections)), rest };
}

/** What Intune answers where a link cannot be set by this verb (CONTRACT section 4). */
export const noLinkRoute = (request: RouteRequest, method: string): GraphError =>
  new GraphError(
    400,
    "No method match route template",
    `No OData route exists that match template ~/singleton/navigation/key${request.castBefore ? "/cast" : ""}/navigation/$ref with http verb ${method} for request /DeviceConfiguration_2301/StatelessDeviceConfigurationFEService/deviceManagement/deviceConfigurations('${request.parameters.id}')/${request.parameters.navigation}/$ref.`,
    true,
  );
