/** Email profiles as any Graph service has them, whoever made them. */
import type { Graph } from "../../graph/client";
import { type Entity, type ProfileType, profileTypeOf } from "../../payload/input";
import { UserError } from "../../user-error";

export const configurations = "/deviceManagement/deviceConfigurations";

export interface Assignment {
  intent?: "apply" | "remove" | null;
  target: { "@odata.type": string; groupId?: string | null };
}

export interface EmailProfile {
  id: string;
  displayName: string;
  type: ProfileType;
  assignments: Assignment[];
  /** All that Graph says of it. */
  entity: Entity;
}

/** Every email profile of the tenant with its assignments, by name; other configurations are of no concern here. */
export async function emailProfiles(graph: Graph): Promise<EmailProfile[]> {
  const found = await graph.list<Entity>(`${configurations}?$expand=assignments`);
  const profiles = await Promise.all(found.map((entity) => profileOf(graph, entity)));
  return profiles
    .filter((profile) => profile !== undefined)
    .sort((one, other) => one.displayName.localeCompare(other.displayName, "en"));
}

async function profileOf(graph: Graph, entity: Entity): Promise<EmailProfile | undefined> {
  const type = profileTypeOf(entity);
  if (type === undefined) return undefined;
  const [id, displayName] = [String(entity.id), String(entity.displayName)];
  // Not every service expands: one that ignores it is asked once more, as no assignments would mean not deployed.
  const expanded = entity.assignments as Assignment[] | undefined;
  const assignments = expanded ?? (await graph.list<Assignment>(`${configurations}/${id}/assignments`));
  return { id, displayName, type, assignments, entity };
}

/** The one that a person means: by id or display name, in upper or lower case. */
export function findProfile(profiles: readonly EmailProfile[], name: string): EmailProfile {
  const means = ({ id, displayName }: EmailProfile) =>
    [id, displayName].some((known) => known.toLowerCase() === name.toLowerCase());
  const [found, another] = profiles.filter(means);
  if (found && !another) return found;
  const all = profiles.map(({ id, displayName, type }) => `  ${displayName} for ${type} (${id})`).join("\n");
  if (another) {
    throw new UserError(`"${name}" means more than one email profile; give the id of one of them:\n${all}`);
  }
  throw new UserError(
    profiles.length === 0
      ? `There is no email profile "${name}": the tenant has none. Deploy an EmailProfile first (intune-mail up).`
      : `There is no email profile "${name}". The tenant has:\n${all}`,
  );
}
