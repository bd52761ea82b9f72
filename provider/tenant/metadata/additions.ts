/**
 * Types and properties that the tenant serves and that the extract of Microsoft's metadata leaves out: it has users,
 * groups and apps in part only. Names and types are Graph's; this table is ours.
 */

const property = (name: string, type: string, nullable = true) => ({ name, type, nullable, inV1: true });

/** Properties beyond those of the extract, by type. */
export const addedProperties = {
  user: [
    property("assignedLicenses", "Collection(microsoft.graph.assignedLicense)", false),
    property("officeLocation", "Edm.String"),
    property("preferredLanguage", "Edm.String"),
  ],
};

const type = (
  name: string,
  baseType: string | null,
  properties: ReturnType<typeof property>[],
  inV1 = true,
  abstract = false,
) => ({
  name,
  baseType: baseType === null ? null : `microsoft.graph.${baseType}`,
  abstract,
  inV1,
  properties: properties.map((each) => ({ ...each, inV1 })),
  navigationProperties: [],
});

export const addedEntityTypes = {
  device: type("device", "directoryObject", [property("deviceId", "Edm.String"), property("displayName", "Edm.String")]),
  androidManagedStoreApp: type("androidManagedStoreApp", "mobileApp", [
    property("appIdentifier", "Edm.String"),
    property("appStoreUrl", "Edm.String"),
    property("packageId", "Edm.String"),
  ]),
  androidForWorkApp: type(
    "androidForWorkApp",
    "mobileApp",
    [
      property("appIdentifier", "Edm.String"),
      property("appStoreUrl", "Edm.String"),
      property("packageId", "Edm.String"),
    ],
    false,
  ),
  // No app of the tenant is one; clients ask for those that are none.
  managedApp: type(
    "managedApp",
    "mobileApp",
    [property("appAvailability", "microsoft.graph.managedAppAvailability", false), property("version", "Edm.String")],
    true,
    true,
  ),
};

export const addedEnumTypes = {
  managedAppAvailability: {
    isFlags: false,
    inV1: true,
    members: [
      { name: "global", value: 0 },
      { name: "lineOfBusiness", value: 1 },
    ],
  },
};

export const addedComplexTypes = {
  assignedLicense: type("assignedLicense", null, [
    property("disabledPlans", "Collection(Edm.Guid)", false),
    property("skuId", "Edm.Guid"),
  ]),
};
