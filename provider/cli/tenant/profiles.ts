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
  const profiles = found.flatMap((entity): EmailProfile[] => {
    const type = profileTypeOf(entity);
    if (type === undefined) return [];
    const assignments = (entity.assignments ?? []) as Assignment[];
    return [{ id: String(entity.id), displayName: String(entity.displayName), type, assignments, entity }];
  });
  return profiles.sort((one, other) => one.displayName.localeCompare(other.displayName, "en"));
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
