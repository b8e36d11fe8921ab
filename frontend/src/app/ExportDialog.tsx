/** Finished work as files: format, which images, how far the job is. */

import { useEffect, useRef, useState } from "preact/hooks";

import { cancelJob, follow, jobResult, startExport } from "../api/jobs";
import { asProblem } from "../api/problem";
import { EXPORT_FORMATS, type ExportFormat, type Job } from "../api/types";
import { percent, text } from "../i18n/text";
import { closeDialog, Dialog } from "./Dialog";
import { DialogActions } from "./DialogActions";
import { saveFile } from "./download";
import { inWords, news } from "./failures";
import { Radios } from "./Radios";
import { Switch } from "./Switch";
import { client, insist } from "./server";
import { images, state } from "./store";
import { savedNow } from "./work";

type Stage =
  | { readonly kind: "choosing" }
  | { readonly kind: "running"; readonly job: Job | null }
  | { readonly kind: "failed"; readonly reason: string };

const WITH_POLYGONS: readonly ExportFormat[] = ["coco"];

export function ExportDialog() {
  const [format, setFormat] = useState<ExportFormat>("coco");
  const [which, setWhich] = useState<"this" | "all">(state.peek().image === null ? "all" : "this");
  const [hasPolygons, setHasPolygons] = useState(false);
  const [stage, setStage] = useState<Stage>({ kind: "choosing" });
  const errand = useRef(new AbortController());
  useEffect(() => () => errand.current.abort(), []);
  const image = state.value.image;
  const isRunning = stage.kind === "running";

  const start = async (): Promise<void> => {
    setStage({ kind: "running", job: null });
    try {
      await savedNow();
      const chosen = which === "all" || image === null ? "all" : [image.id];
      const polygons = hasPolygons && WITH_POLYGONS.includes(format);
      await exported(
        { format, images: chosen, polygons },
        (job) => setStage({ kind: "running", job }),
        errand.current.signal,
      );
      closeDialog();
    } catch (error) {
      const problem = asProblem(error);
      setStage(
        problem === null ? { kind: "choosing" } : { kind: "failed", reason: inWords(problem) },
      );
    }
  };
  const stop = (): void => {
    errand.current.abort();
    errand.current = new AbortController();
    if (stage.kind === "running" && stage.job)
      void cancelJob(client, stage.job).catch(() => undefined);
    setStage({ kind: "choosing" });
  };

  return (
    <Dialog title={text("export.title")}>
      <Radios
        legend={text("export.format")}
        stem="format"
        options={EXPORT_FORMATS.map((one) => ({
          value: one,
          label: text(`format.${one}`),
          about: text(`format.${one}.about`),
        }))}
        value={format}
        isDisabled={isRunning}
        onChange={setFormat}
      />
      <Radios
        legend={text("export.which")}
        stem="export"
        options={[
          { value: "this", label: text("export.this"), isDisabled: image === null },
          { value: "all", label: text("export.all", { count: images.value.length }) },
        ]}
        value={which}
        isDisabled={isRunning}
        onChange={setWhich}
      />
      {WITH_POLYGONS.includes(format) && (
        <Switch
          testId="polygons"
          label={text("export.polygons")}
          isOn={hasPolygons}
          isDisabled={isRunning}
          onChange={setHasPolygons}
        />
      )}
      {stage.kind === "failed" && (
        <p class="problem" role="alert">
          {stage.reason}
        </p>
      )}
      {isRunning && <Progress job={stage.job} />}
      <DialogActions
        label={text("export.start")}
        testId="export-start"
        isDisabled={isRunning}
        onCancel={isRunning ? stop : closeDialog}
        onClick={start}
      />
    </Dialog>
  );
}

function Progress({ job }: { readonly job: Job | null }) {
  const share = job?.progress ?? 0;
  return (
    <div class="job" role="status">
      <progress max={1} value={share} aria-label={text("export.progress")} />
      <span>{percent(share)}</span>
    </div>
  );
}

async function exported(
  body: Parameters<typeof startExport>[1],
  onProgress: (job: Job) => void,
  signal: AbortSignal,
): Promise<void> {
  const job = await insist(() => startExport(client, body), signal);
  const done = await follow(client, job, onProgress, signal);
  if (done.state !== "done") return;
  const { file, name } = await insist(() => jobResult(client, done), signal);
  saveFile(file, name);
  news("exported", text("news.exported", { name }));
}
