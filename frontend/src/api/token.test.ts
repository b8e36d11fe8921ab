import { beforeEach, expect, it } from "vitest";

import { takeToken } from "./token";

const PLACE = { hash: "", pathname: "/gpcis/", search: "?debug=1" };

beforeEach(() => sessionStorage.clear());

it("moves the token from the address to the tab", () => {
  const addresses: string[] = [];

  const token = takeToken({ ...PLACE, hash: "#token=s3cret" }, sessionStorage, (url) =>
    addresses.push(url),
  );

  expect(token).toBe("s3cret");
  expect(addresses).toEqual(["/gpcis/?debug=1"]);
});

it("remembers the token of the tab", () => {
  takeToken({ ...PLACE, hash: "#token=s3cret" }, sessionStorage, () => undefined);

  expect(takeToken(PLACE, sessionStorage, () => undefined)).toBe("s3cret");
});

it("leaves an address without a token alone", () => {
  const addresses: string[] = [];

  const token = takeToken({ ...PLACE, hash: "#top" }, sessionStorage, (url) => addresses.push(url));

  expect(token).toBeNull();
  expect(addresses).toEqual([]);
});
