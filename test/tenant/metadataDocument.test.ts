/** `$metadata`, read back as a client's generator reads it. */
import assert from "node:assert/strict";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import csdl from "../../provider/tenant/metadata/csdl-subset.json";
import { openWorld } from "./world";

interface Named {
  "@Name": string;
  "@Type"?: string;
  "@Nullable"?: string;
}
interface TypeElement extends Named {
  "@BaseType"?: string;
  "@Abstract"?: string;
  Property?: Named[];
  NavigationProperty?: Named[];
}

async function schemaOf(version: string) {
  const { status, body, headers } = await openWorld({}, { auth: "required" }).get(`/${version}/$metadata`);
  assert.equal(status, 200);
  assert.equal(headers.get("content-type"), "application/xml");
  assert.equal(XMLValidator.validate(body), true);
  const lists = new Set([
    "EnumType",
    "EntityType",
    "ComplexType",
    "Property",
    "NavigationProperty",
    "Member",
    "Action",
  ]);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    isArray: (name) => lists.has(name),
  });
  return parser.parse(body)["edmx:Edmx"]["edmx:DataServices"].Schema as {
    EnumType: Named[];
    EntityType: TypeElement[];
    ComplexType: TypeElement[];
    EntityContainer: { EntitySet: Named[] };
  };
}

const single = (type: string) => /^Collection\((.*)\)$/.exec(type)?.[1] ?? type;

for (const version of ["beta", "v1.0"]) {
  describe(`$metadata of ${version}`, () => {
    it("names no type that it does not have", async () => {
      const { EnumType, EntityType, ComplexType } = await schemaOf(version);
      const known = new Set(
        [...EnumType, ...EntityType, ...ComplexType].map((each) => `microsoft.graph.${each["@Name"]}`),
      );
      const used = [...EntityType, ...ComplexType].flatMap((type) => [
        ...(type["@BaseType"] ? [type["@BaseType"]] : []),
        ...[...(type.Property ?? []), ...(type.NavigationProperty ?? [])].map((each) => single(each["@Type"]!)),
      ]);
      assert.ok(used.length > 200);
      assert.deepEqual(
        used.filter((type) => !type.startsWith("Edm.") && !known.has(type)),
        [],
      );
    });

    it("has Microsoft's properties of each email profile and of the connector", async () => {
      const { EntityType } = await schemaOf(version);
      const shown = new Map(EntityType.map((type) => [type["@Name"], type]));
      const types = Object.values(csdl.entityTypes).filter(
        ({ name, inV1 }) => /Eas(Email)?|ExchangeConnector/.test(name) && (version === "beta" || inV1),
      );
      assert.ok(types.length > 0);
      for (const { name, properties } of types) {
        const expected = properties.map((each) => [each.name, each.type, each.nullable]);
        const found = (shown.get(name)?.Property ?? []).map((each) => [
          each["@Name"],
          each["@Type"],
          each["@Nullable"] !== "false",
        ]);
        assert.deepEqual(found, expected, name);
      }
    });

    it("has a collection for what a client begins with", async () => {
      const { EntitySet } = (await schemaOf(version)).EntityContainer;
      assert.deepEqual(EntitySet.map((each) => each["@Name"]).slice(0, 2), ["users", "groups"]);
    });
  });
}
