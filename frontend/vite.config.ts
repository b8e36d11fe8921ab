/** One page, relative addresses, every file of its own: the CSP allows no inline code. */

import { defineConfig } from "vitest/config";

const PURE = ["src/state/**/*.test.ts", "src/engine/**/*.test.ts"];

export default defineConfig({
  base: "./",
  build: {
    outDir: "../gpcis_backend/server/web/dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    sourcemap: false,
    modulePreload: { polyfill: false },
  },
  test: {
    projects: [
      { extends: true, test: { name: "pure", environment: "node", include: PURE } },
      {
        extends: true,
        test: {
          name: "page",
          environment: "happy-dom",
          include: ["src/**/*.test.{ts,tsx}"],
          exclude: PURE,
        },
      },
    ],
  },
});
