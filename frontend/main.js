// The page: shows an image, takes clicks, asks for masks.  No framework, no build tool.
// A click is [x, y, sign] in pixels of the upright original, as the REST API takes it.

import { MASK_TYPE, drawDot, drawMask, toAnswer, toPicture } from "./mask.js";

const $ = (id) => document.getElementById(id);
const stage = $("stage");
const canvas = $("canvas");
const client = Math.random().toString(36).slice(2); // names this tab
const NO_EDITS = { past: [], clicks: [], future: [] };

let image = null; // {name, blob, bitmap, width, height, item: promise of the upload}
let edits = NO_EDITS; // lists of clicks: undo is data
let answers = new Map(); // of all lists asked for on this image, so that undo asks nothing
let shown = null; // the answer that is painted
let sign = 1; // of the next left click
let rev = 0; // grows with every change; only the answer to the newest counts
let inFlight = new AbortController();
let opening = 0; // only the image opened last may appear
let pressed = null; // where a pointer went down

// ---- server: a failure throws an Error whose message is fit for the user ------------

async function call(path, options = {}) {
  const headers = { "X-GPCIS": "1", ...options.headers };
  const url = new URL(`api/v1/${path}`, document.baseURI);
  const response = await fetch(url, { ...options, headers }).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new Error("The server does not answer. Your clicks are kept.");
  });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({ detail: response.statusText }));
  const fix = problem.fix ? ` To fix it: ${problem.fix}` : "";
  throw Object.assign(new Error(problem.detail + fix), { status: response.status });
}

function uploaded(target) {
  const path = `images?name=${encodeURIComponent(target.name)}`;
  const headers = { "Content-Type": "application/octet-stream" };
  if (!target.item) {
    target.item = call(path, { method: "POST", body: target.blob, headers }).then((r) => r.json());
    target.item.catch(() => (target.item = null));
  }
  return target.item;
}

/** The answer to clicks; an image that the server has forgotten is sent again. */
async function segment(target, clicks, revision, signal, isRetry = false) {
  const { id } = await uploaded(target);
  const headers = { "Content-Type": "application/json", Accept: MASK_TYPE };
  const body = JSON.stringify({ client, object: "o1", rev: revision, clicks });
  try {
    const path = `images/${id}/segment`;
    const response = await call(path, { method: "POST", headers, body, signal });
    return toAnswer(await response.arrayBuffer());
  } catch (error) {
    if (error.status !== 404 || isRetry) throw error;
    target.item = null;
    return segment(target, clicks, revision, signal, true);
  }
}

// ---- painting -----------------------------------------------------------------------

/** Where the image lies in the stage, in CSS pixels, above the bar. */
function viewport() {
  const box = canvas.getBoundingClientRect();
  const scale = Math.min((box.width - 24) / image.width, (box.height - 84) / image.height);
  const left = (box.width - image.width * scale) / 2;
  return { scale, left, top: 12 + (box.height - 84 - image.height * scale) / 2 };
}

function draw() {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(canvas.clientWidth * ratio);
  canvas.height = Math.round(canvas.clientHeight * ratio);
  if (!image) return;
  const context = canvas.getContext("2d");
  const { scale, left, top } = viewport();
  context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * left, ratio * top);
  context.imageSmoothingEnabled = scale < 4;
  context.imageSmoothingQuality = "high";
  context.drawImage(image.bitmap, 0, 0, image.width, image.height);
  if (shown?.fill) drawMask(context, shown, scale);
  context.setTransform(ratio, 0, 0, ratio, ratio * left, ratio * top);
  const marks = shown && shown === answers.get(keyOf(edits.clicks)) ? shown.marks : [];
  edits.clicks.forEach(([x, y, s], i) => drawDot(context, x * scale, y * scale, s, marks[i]));
}

/** Everything on the page that follows from the state. */
function refresh(state = stage.dataset.maskState) {
  stage.dataset.maskState = state;
  stage.classList.toggle("has-image", Boolean(image));
  $("empty").hidden = Boolean(image);
  $("bar").hidden = $("export").hidden = !image;
  $("image-name").textContent = image?.name ?? "";
  $("place").textContent = image ? `${image.width} × ${image.height}` : "";
  $("undo").disabled = !edits.past.length;
  $("redo").disabled = !edits.future.length;
  $("clear").disabled = !edits.clicks.length;
  $("export").disabled = state !== "final";
  $("positive").setAttribute("aria-pressed", sign > 0);
  $("negative").setAttribute("aria-pressed", sign < 0);
  $("count").textContent = `${edits.clicks.length} click${edits.clicks.length === 1 ? "" : "s"}`;
  $("status").textContent = image ? inWords(state) : "";
  draw();
}

function inWords(state) {
  if (state === "none") return "Click the object. Right-click what should go.";
  if (state === "queued") return "Working …";
  if (state === "error") return "No mask for these clicks yet.";
  const forced = "A marked click looks the same to the model as an opposite one.";
  if (shown.marks.includes("forced")) return forced;
  return `Mask covers ${((100 * shown.area) / image.width / image.height).toFixed(1)} %.`;
}

/** Say an error in words; `again` is what the Retry button does. */
function fail(error, again) {
  $("toast-text").textContent = error.message;
  $("toast").hidden = false;
  $("retry").hidden = !again;
  $("retry").onclick = again;
}

// ---- clicks -------------------------------------------------------------------------

const keyOf = (clicks) => JSON.stringify(clicks);

function edit(clicks) {
  edits = { past: [...edits.past, edits.clicks], clicks, future: [] };
  ask();
}

/** Undo (from past to future) or redo (the other way). */
function move(from, to) {
  if (!edits[from].length) return;
  const rest = { [from]: edits[from].slice(0, -1), [to]: [...edits[to], edits.clicks] };
  edits = { ...rest, clicks: edits[from].at(-1) };
  ask();
}

/** Show the mask of the clicks: at once if it is known, else ask; the latest wins. */
async function ask() {
  const mine = ++rev;
  const { clicks } = edits;
  inFlight.abort();
  inFlight = new AbortController();
  $("toast").hidden = true;
  if (!clicks.length) shown = null;
  else if (answers.has(keyOf(clicks))) shown = answers.get(keyOf(clicks));
  else {
    refresh("queued");
    try {
      const answer = await segment(image, clicks, mine, inFlight.signal);
      if (mine !== rev) return;
      answers.set(keyOf(clicks), answer);
      shown = answer;
    } catch (error) {
      if (mine !== rev) return;
      refresh("error");
      return fail(error, ask);
    }
  }
  refresh(clicks.length ? "final" : "none");
}

canvas.onpointerdown = (event) => (pressed = event);
canvas.onpointerup = (event) => {
  if (!image || !pressed || ![0, 2].includes(event.button)) return;
  const [dx, dy] = [event.clientX - pressed.clientX, event.clientY - pressed.clientY];
  if (Math.hypot(dx, dy) > 6) return; // a drag is no click
  const box = canvas.getBoundingClientRect();
  const { scale, left, top } = viewport();
  const x = (pressed.clientX - box.left - left) / scale;
  const y = (pressed.clientY - box.top - top) / scale;
  if (x < 0 || y < 0 || x >= image.width || y >= image.height) return;
  const isNegative = event.button === 2 || event.shiftKey || event.altKey;
  edit([...edits.clicks, [+x.toFixed(2), +y.toFixed(2), isNegative ? -1 : sign]]);
};
canvas.oncontextmenu = (event) => event.preventDefault();

// ---- images -------------------------------------------------------------------------

/** Show an image at once where the browser can read it, and send it to the server. */
async function open(blob, name) {
  const mine = ++opening;
  const next = { blob, name, item: null };
  const refuse = (error) => {
    if (mine !== opening) return;
    if (error.status && image === next) show(null); // the server cannot read it
    fail(error, error.status ? null : () => open(blob, name));
  };
  const sent = uploaded(next).then((item) => Object.assign(next, item), refuse);
  next.bitmap = await createImageBitmap(blob).catch(() => sent.then(pictureOf)).catch(refuse);
  if (!next.bitmap || mine !== opening) return;
  next.width ??= next.bitmap.width;
  next.height ??= next.bitmap.height;
  show(next);
}

/** What the browser cannot read itself, such as TIFF, as the server shows it. */
async function pictureOf(item) {
  if (!item) return null;
  return createImageBitmap(await (await call(`images/${item.id}/data?max=4096`)).blob());
}

function show(next) {
  image = next;
  edits = NO_EDITS;
  answers = new Map();
  ask();
}

async function download() {
  const link = document.createElement("a");
  const [answer, { name }] = [shown, image];
  link.href = URL.createObjectURL(await toPicture(answer));
  link.download = `${name.replace(/\.\w+$/, "")}-mask.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const openFirst = (files) => files[0] && open(files[0], files[0].name);
const sample = (button) => async () => {
  const response = await fetch(button.dataset.sample).catch(() => null);
  if (response?.ok) open(await response.blob(), button.dataset.sample.split("/").at(-1));
  else fail(new Error("The sample cannot be loaded."), sample(button));
};
const turn = (to) => ((sign = to), refresh());
const actions = {
  undo: () => move("past", "future"),
  redo: () => move("future", "past"),
  clear: () => edit([]),
  export: download,
  positive: () => turn(1),
  negative: () => turn(-1),
  open: () => $("file").click(),
  drop: () => $("file").click(),
  dismiss: () => ($("toast").hidden = true),
};
for (const [id, act] of Object.entries(actions)) $(id).onclick = act;
for (const button of document.querySelectorAll("[data-sample]")) button.onclick = sample(button);
$("file").onchange = () => (openFirst($("file").files), ($("file").value = ""));
document.onpaste = (event) => openFirst(event.clipboardData.files);
document.ondragover = (event) => event.preventDefault();
document.ondrop = (event) => (event.preventDefault(), openFirst(event.dataTransfer.files));
document.onkeydown = (event) => {
  const isCommand = event.ctrlKey || event.metaKey;
  const held = `${isCommand ? "ctrl " : ""}${event.shiftKey ? "shift " : ""}`;
  const key = held + event.key.toLowerCase();
  const act = { "ctrl z": actions.undo, "ctrl shift z": actions.redo, "ctrl y": actions.redo }[key];
  if (act) act(), event.preventDefault();
  if (key === "x") turn(-sign);
};
new ResizeObserver(draw).observe(stage);
refresh();
const showModel = ({ status, model }) => {
  if (status === "loading") {
    $("model").textContent = "model: loading";
    setTimeout(askHealth, 500);
    return;
  }
  $("model").textContent = model.ready ? `model: ${model.id}` : "no model";
  if (!model.ready) fail(new Error(`${model.reason} To fix it: ${model.fix ?? "see the log"}`));
};
const askHealth = () =>
  call("health")
    .then((response) => response.json())
    .then(showModel)
    .catch((error) => fail(error, () => location.reload()));
askHealth();
