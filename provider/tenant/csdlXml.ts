/** `$metadata`: the model that the tenant holds bodies and answers against, as the XML that Graph serves it in. */
import { XMLBuilder } from "fast-xml-parser";
import { type CsdlType, itemType, model, plain } from "./metadata";
import type { GraphVersion, Route } from "./route";

type Element = Record<string, unknown>;

const texts = new Map<GraphVersion, string>();

/** The document of a version; types that only beta has are not in that of v1.0. */
export function metadataXml(version: GraphVersion, routes: readonly Route[]): string {
  const known = texts.get(version);
  if (known !== undefined) return known;
  const text = new XMLBuilder({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    suppressEmptyNode: true,
    suppressBooleanAttributes: false,
  }).build({
    "?xml": { "@version": "1.0", "@encoding": "utf-8" },
    "edmx:Edmx": {
      "@Version": "4.0",
      "@xmlns:edmx": "http://docs.oasis-open.org/odata/ns/edmx",
      "edmx:DataServices": { Schema: schemaOf(version, routes) },
    },
  }) as string;
  texts.set(version, text);
  return text;
}

function schemaOf(version: GraphVersion, routes: readonly Route[]): Element {
  const has = ({ inV1 }: { inV1?: boolean }) => version === "beta" || inV1 === true;
  const enums = Object.entries(model.enumTypes).filter(([, each]) => has(each));
  const complexTypes = Object.values(model.complexTypes).filter(has);
  const entityTypes = Object.values(model.entityTypes).filter(has);
  const names = new Set([...enums.map(([name]) => name), ...[...complexTypes, ...entityTypes].map(({ name }) => name)]);
  // The model is an extract of Graph's: what leads out of it is left out.
  const isKnown = (type: string | null) => {
    const single = type === null ? "Edm." : (itemType(type) ?? type);
    return single.startsWith("Edm.") || names.has(plain(single));
  };
  const shown = ({ properties, navigationProperties, ...type }: CsdlType): CsdlType => ({
    ...type,
    properties: properties.filter((each) => has(each) && isKnown(each.type)),
    navigationProperties: navigationProperties.filter((each) => has(each) && isKnown(each.type)),
  });
  const operations = model.operations.filter(
    (each) =>
      has(each) &&
      [each.bindingType, each.returnType, ...each.parameters.map(({ type }) => type)].every((type) => isKnown(type)),
  );
  const bound = (kind: string) => operations.filter((each) => each.kind === kind).map(operationElement);
  return {
    "@Namespace": "microsoft.graph",
    "@Alias": "graph",
    "@xmlns": "http://docs.oasis-open.org/odata/ns/edm",
    EnumType: enums.map(([name, { isFlags, members }]) => ({
      "@Name": name,
      ...(isFlags ? { "@IsFlags": "true" } : {}),
      Member: members.map((member) => ({ "@Name": member.name, "@Value": String(member.value) })),
    })),
    EntityType: entityTypes.map(shown).map((type) => ({
      ...typeHead(type),
      ...(type.name === "entity" ? { Key: { PropertyRef: { "@Name": "id" } } } : {}),
      ...typeBody(type),
    })),
    ComplexType: complexTypes.map(shown).map((type) => ({ ...typeHead(type), ...typeBody(type) })),
    Action: bound("Action"),
    Function: bound("Function"),
    EntityContainer: container(version, routes),
  };
}

const typeHead = ({ name, baseType, abstract }: CsdlType): Element => ({
  "@Name": name,
  ...(baseType === null ? {} : { "@BaseType": baseType }),
  ...(abstract ? { "@Abstract": "true" } : {}),
});

const typeBody = ({ properties, navigationProperties }: CsdlType): Element => ({
  Property: properties.map(({ name, type, nullable }) => ({
    "@Name": name,
    "@Type": type,
    ...(nullable ? {} : { "@Nullable": "false" }),
  })),
  NavigationProperty: navigationProperties.map(({ name, type, nullable, containsTarget }) => ({
    "@Name": name,
    "@Type": type,
    ...(nullable || itemType(type) !== undefined ? {} : { "@Nullable": "false" }),
    ...(containsTarget ? { "@ContainsTarget": "true" } : {}),
  })),
});

const operationElement = ({
  name,
  bindingType,
  parameters,
  returnType,
}: (typeof model.operations)[number]): Element => ({
  "@Name": name,
  "@IsBound": "true",
  Parameter: [{ name: "bindingParameter", type: bindingType, nullable: true }, ...parameters].map((each) => ({
    "@Name": each.name,
    "@Type": each.type,
    ...(each.nullable ? {} : { "@Nullable": "false" }),
  })),
  ...(returnType === null ? {} : { ReturnType: { "@Type": returnType } }),
});

/** What stands at the root of the service: the collections and the singletons that the routes have there. */
function container(version: GraphVersion, routes: readonly Route[]): Element {
  const roots = routes.filter(
    ({ method, path, versions, answers }) =>
      method === "GET" && answers && /^\/\w+$/.test(path) && versions.includes(version),
  );
  const elements = (many: boolean) => {
    const found = roots.filter(({ answers }) => (itemType(answers!) !== undefined) === many);
    return found.map(({ path, answers }) => ({
      "@Name": path.slice(1),
      [many ? "@EntityType" : "@Type"]: `microsoft.graph.${itemType(answers!) ?? answers}`,
    }));
  };
  return { "@Name": "GraphService", EntitySet: elements(true), Singleton: elements(false) };
}
