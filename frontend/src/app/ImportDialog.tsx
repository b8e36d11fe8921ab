/** Masks from elsewhere become objects that clicks can change. */

import { useState } from "preact/hooks";

import { importFile } from "../api/jobs";
import { asProblem } from "../api/problem";
import { IMPORT_FORMATS, type ImportFormat } from "../api/types";
import { plural, text } from "../i18n/text";
import { closeDialog, Dialog } from "./Dialog";
import { DialogActions } from "./DialogActions";
import { inWords, news } from "./failures";
import { missingClasses, toImported } from "./importing";
import { addClasses } from "./project";
import { Radios } from "./Radios";
import { client, insist } from "./server";
import { dispatch, state } from "./store";
import { typed } from "./typed";

export function ImportDialog() {
  const [format, setFormat] = useState<ImportFormat>("gpcis");
  const [file, setFile] = useState<File | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);

  const onFile = typed(({ files }) => {
    const chosen = files?.[0] ?? null;
    setFile(chosen);
    if (chosen) setFormat(guessed(chosen, format));
  });
  const start = async (): Promise<void> => {
    if (file === null) return;
    setIsBusy(true);
    setProblem(null);
    try {
      await imported(format, file);
      closeDialog();
    } catch (error) {
      const known = asProblem(error);
      setProblem(known === null ? null : inWords(known));
    }
    setIsBusy(false);
  };

  return (
    <Dialog title={text("import.title")}>
      <p>{text("import.about")}</p>
      <label class="field">
        {text("import.file")}
        <input type="file" data-testid="import-file" accept=".json,.png,.txt" onChange={onFile} />
      </label>
      <Radios
        legend={text("export.format")}
        stem="import"
        options={IMPORT_FORMATS.map((one) => ({ value: one, label: text(`format.${one}`) }))}
        value={format}
        onChange={setFormat}
      />
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <DialogActions
        label={text("import.start")}
        testId="import-start"
        isDisabled={file === null || isBusy}
        onClick={start}
      />
    </Dialog>
  );
}

/** The format that a file's name tells; Label Studio's JSON and COCO look alike from outside. */
function guessed(file: File, chosen: ImportFormat): ImportFormat {
  if (/\.png$/i.test(file.name)) return "png";
  if (/\.txt$/i.test(file.name)) return "yolo-seg";
  if (/\.gpcis\.json$/i.test(file.name)) return "gpcis";
  return chosen === "png" || chosen === "yolo-seg" ? "coco" : chosen;
}

async function imported(format: ImportFormat, file: File): Promise<void> {
  const { image, view } = state.peek();
  if (image === null) return;
  const answer = await insist(() => importFile(client, image.id, format, file));
  const objects = toImported(answer, view.class);
  await addClasses(missingClasses(answer));
  if (state.peek().image?.id !== image.id) return;
  dispatch({ type: "import", objects });
  news("imported", plural("news.imported", objects.length));
}
