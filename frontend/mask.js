// The mask body of the REST API (application/vnd.gpcis.v1), decoded and painted.

export const MASK_TYPE = "application/vnd.gpcis.v1";

/** Header of a mask body, with the mask as a tinted canvas and its outline. */
export function toAnswer(buffer) {
  const view = new DataView(buffer);
  const end = 8 + view.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, end - 8)));
  const section = header.sections.find(({ name }) => name === "runs");
  const start = Math.ceil(end / 4) * 4 + section.offset;
  const [, , width, height] = header.bbox;
  const bits = toBits(new Uint8Array(buffer, start, section.bytes), width * height);
  if (!bits.length) return header;
  return { ...header, fill: toFill(bits, width, height), outline: toOutline(bits, width, height) };
}

/** LEB128 runs, alternating background and object, to one byte a pixel. */
function toBits(runs, area) {
  const bits = new Uint8Array(area);
  let [at, value, length, shift] = [0, 0, 0, 0];
  for (const byte of runs) {
    length += (byte & 127) * 2 ** shift;
    shift += 7;
    if (byte > 127) continue;
    bits.fill(value, at, at + length);
    at += length;
    [value, length, shift] = [1 - value, 0, 0];
  }
  return bits;
}

function toFill(bits, width, height) {
  const fill = new OffscreenCanvas(width, height);
  const pixels = new ImageData(width, height);
  new Uint32Array(pixels.data.buffer).set(Uint32Array.from(bits, (bit) => bit * 0xffff8d4c));
  fill.getContext("2d").putImageData(pixels, 0, 0);
  return fill;
}

/** The border of the object, exactly on pixel edges. */
function toOutline(bits, width, height) {
  const path = new Path2D();
  const at = (x, y) => x >= 0 && y >= 0 && x < width && y < height && bits[y * width + x] > 0;
  const line = (x0, y0, x1, y1) => (path.moveTo(x0, y0), path.lineTo(x1, y1));
  const trace = (across, along, isEdge, draw) => {
    for (let a = 0; a <= across; a++)
      for (let b = 0, from = 0; b <= along; b++)
        if (b === along || !isEdge(a, b)) (b > from && draw(a, from, b), (from = b + 1));
  };
  trace(height, width, (y, x) => at(x, y) !== at(x, y - 1), (y, a, b) => line(a, y, b, y));
  trace(width, height, (x, y) => at(x, y) !== at(x - 1, y), (x, a, b) => line(x, a, x, b));
  return path;
}

/** Paint an answer over its image; scale is CSS pixels for each image pixel. */
export function drawMask(context, answer, scale) {
  context.save();
  context.translate(answer.bbox[0], answer.bbox[1]);
  context.globalAlpha = 0.45;
  context.drawImage(answer.fill, 0, 0);
  context.globalAlpha = 1;
  context.lineCap = "square";
  for (const [colour, width] of [["#0b1220", 3.5], ["#b9d2ff", 1.5]]) {
    context.strokeStyle = colour;
    context.lineWidth = width / scale;
    context.stroke(answer.outline);
  }
  context.restore();
}

/** Positive: a filled disc with "+".  Negative: a ring with "-".  Not obeyed: "!". */
export function drawDot(context, x, y, s, mark) {
  const discs = [[9, "#000"], [8, "#fff"], [6, s > 0 ? "#1f62d6" : "#d9480f"]];
  for (const [radius, colour] of s > 0 ? discs : [...discs, [4, "#fff"]]) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
  }
  context.fillStyle = s > 0 ? "#fff" : "#7c2d12";
  context.fillRect(x - 3, y - 0.75, 6, 1.5);
  if (s > 0) context.fillRect(x - 0.75, y - 3, 1.5, 6);
  if (!mark || mark === "ok") return;
  Object.assign(context, { font: "bold 16px system-ui", lineWidth: 4, fillStyle: "#ffd84d" });
  context.strokeText("!", x + 9, y - 5);
  context.fillText("!", x + 9, y - 5);
}

/** The answer's mask in white on black, at the size of its image. */
export function toPicture(answer) {
  const [width, height] = answer.size;
  const picture = new OffscreenCanvas(width, height);
  const context = picture.getContext("2d");
  if (answer.fill) context.drawImage(answer.fill, answer.bbox[0], answer.bbox[1]);
  for (const [rule, colour] of [["source-in", "#fff"], ["destination-over", "#000"]]) {
    Object.assign(context, { globalCompositeOperation: rule, fillStyle: colour });
    context.fillRect(0, 0, width, height);
  }
  return picture.convertToBlob({ type: "image/png" });
}
