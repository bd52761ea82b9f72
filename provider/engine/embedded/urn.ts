/** URNs: `urn:pulumi:<stack>::<project>::<types, outermost first, joined by $>::<name>`. */

export const STACK_TYPE = "pulumi:pulumi:Stack";
export const PROVIDER_TYPE = "pulumi:providers:pulumi-nodejs";

export interface Urn {
  stack: string;
  project: string;
  /** Types from the outermost parent to the resource itself. */
  qualifiedType: string;
  type: string;
  name: string;
}

/** What an alias says of a resource's former place; what it leaves open is as it is now. */
export interface Alias {
  urn?: string;
  name?: string;
  type?: string;
  stack?: string;
  project?: string;
  parent?: string;
  noParent?: boolean;
}

export function parseUrn(urn: string): Urn {
  const [stack = "", project = "", qualifiedType = "", ...name] = urn.slice("urn:pulumi:".length).split("::");
  return {
    stack,
    project,
    qualifiedType,
    type: qualifiedType.slice(qualifiedType.lastIndexOf("$") + 1),
    name: name.join("::"),
  };
}

export function formatUrn(parts: {
  stack: string;
  project: string;
  parent?: string;
  type: string;
  name: string;
}): string {
  const parentType = parts.parent ? parseUrn(parts.parent).qualifiedType : "";
  const prefix = parentType === "" || parentType === STACK_TYPE ? "" : `${parentType}$`;
  return `urn:pulumi:${parts.stack}::${parts.project}::${prefix}${parts.type}::${parts.name}`;
}

export function isProviderType(type: string): boolean {
  return type.startsWith("pulumi:providers:");
}

interface Named {
  stack: string;
  project: string;
  parent?: string;
  type: string;
  name: string;
  aliases: Alias[];
}

/** The URNs that a resource may have had, from its own aliases and from that of its parent. */
export function formerUrns(resource: Named, aliasOfParent: (parent: string) => string | undefined): string[] {
  const own = resource.aliases.map((alias) => formerUrn(resource, alias, aliasOfParent));
  const parentAlias = resource.parent && aliasOfParent(resource.parent);
  if (!parentAlias) return [...new Set(own)];
  const parentName = parseUrn(resource.parent as string).name;
  const inherited = [resource, ...own.map(parseUrn)].map(({ type, name }) =>
    underAliasedParent(parentAlias, parentName, type, name),
  );
  return [...new Set([...own, ...inherited])];
}

function formerUrn(resource: Named, alias: Alias, aliasOfParent: (parent: string) => string | undefined): string {
  if (alias.urn) return alias.urn;
  const parent = alias.parent ? (aliasOfParent(alias.parent) ?? alias.parent) : resource.parent;
  return formatUrn({
    stack: alias.stack || resource.stack,
    project: alias.project || resource.project,
    parent: alias.noParent ? undefined : parent,
    type: alias.type || resource.type,
    name: alias.name || resource.name,
  });
}

/** A child named `<parent>-x` was named after its parent's former name too. */
function underAliasedParent(parentAlias: string, parentName: string, type: string, name: string): string {
  const former = parseUrn(parentAlias);
  const formerName = name.startsWith(parentName) ? former.name + name.slice(parentName.length) : name;
  return formatUrn({ stack: former.stack, project: former.project, parent: parentAlias, type, name: formerName });
}
