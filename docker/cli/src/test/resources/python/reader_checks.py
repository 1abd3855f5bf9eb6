"""What PythonReaderIT has Python do; each command prints one JSON document for Java to compare."""

import json
import os
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, os.environ["LECTERN_READER"])
import lectern_reader as lectern

MEAN, STD = [103.53, 116.28, 123.675], [57.375, 57.12, 58.395]


def containers(folder):
    """Values of every golden container, and whether this writer makes those without compression byte by byte."""
    found = {}
    for file in sorted(Path(folder).glob("v1-*.bin")):
        data = file.read_bytes()
        tensors = lectern.read_tensors(data, file.name)
        found[file.name] = {
            "tensors": {
                name: {
                    "shape": list(tensor.shape),
                    "values": tensor.values.reshape(-1).tolist(),
                    "positions": None if tensor.positions is None else tensor.positions.tolist(),
                }
                for name, tensor in tensors.items()
            },
            "rewritten": rewritten(file.stem, tensors) == data if file.stem.endswith("-none") else None,
        }
        for at in range(0, len(data), 7):
            require_damaged(bytearray(data), at, file.name)
    return found


def rewritten(stem, tensors):
    words = stem.split("-")
    values = next(word for word in words if word in ("float32", "float16", "int8", "fixed24"))
    filter = "vertical_delta" if "delta" in words else "shuffle" if "shuffle" in words else "none"
    positions = {name: t.positions for name, t in tensors.items()}
    chosen = None if all(p is None for p in positions.values()) else positions
    kept = "top_score" if "score" in words else "regions"
    return lectern.write_tensors({n: t.dense() for n, t in tensors.items()}, values, filter, "none", chosen, kept)


def require_damaged(data, at, name):
    data[at] ^= 0x40
    try:
        lectern.read_tensors(bytes(data))
    except lectern.LecternError:
        return
    raise AssertionError(f"{name}: byte {at} was flipped, and nobody noticed")


def student(file):
    """Writes a small GFL student of six classes as TorchScript."""
    import torch

    class Student(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = torch.nn.Conv2d(3, 8, 8, stride=8)
            self.deep = torch.nn.Conv2d(8, 8, 2, stride=2)
            self.classes = torch.nn.Conv2d(8, 6, 3, padding=1)
            self.boxes = torch.nn.Conv2d(8, 20, 3, padding=1)

        def forward(self, images):
            fine = torch.relu(self.stem(images))
            coarse = torch.relu(self.deep(fine))
            return (
                self.classes(fine), self.boxes(fine), fine,
                self.classes(coarse), self.boxes(coarse), coarse,
            )

    torch.manual_seed(3)
    torch.jit.script(Student()).save(file)
    return {}


def train(source, recording, file, steps, batch):
    """Losses of the first steps of a run in PyTorch, and the order of three epochs."""
    import torch
    from torch.nn import functional as F

    torch.set_num_threads(1)
    opened = (
        lectern.Recording.from_archive(source)
        if Path(source).is_dir()
        else lectern.Recording.from_broker(recording, source)
    )
    data = lectern.RecordingDataset(opened, seed=5, mean=MEAN, std=STD, channels="BGR")
    orders = []
    for epoch in range(3):
        data.set_epoch(epoch)
        orders.append(list(data.order))
    data.set_epoch(0)
    loader = torch.utils.data.DataLoader(data, batch_size=int(batch), collate_fn=lectern.collate)
    model = torch.jit.load(file)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    losses = []
    for step, samples in enumerate(loader):
        if step == int(steps):
            break
        outputs = model(samples["images"])
        teacher = samples["teacher"]
        terms = {"fitnets": 0, "cwd": 0, "cwd_logits": 0, "pixelwise": 0}
        for level in (0, 1):
            classes, _, features = outputs[3 * level : 3 * level + 3]
            terms["fitnets"] += 2 * F.mse_loss(features, teacher[f"fpn.{level}"])
            terms["cwd"] += 5 * divergence(rows(features), rows(teacher[f"fpn.{level}"]), 1)
            terms["cwd_logits"] += 3 * divergence(rows(classes), rows(teacher[f"cls.{level}"]), 4)
            pixels = classes.permute(0, 2, 3, 1).reshape(-1, 6)
            taught = teacher[f"cls.{level}"].permute(0, 2, 3, 1).reshape(-1, 6)
            terms["pixelwise"] += 10 / 6 * divergence(pixels, taught, 1)
        total = sum(terms.values())
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        losses.append({"total": total.item(), **{name: term.item() for name, term in terms.items()}})
    return {"orders": orders, "losses": losses}


def rows(maps):
    return maps.reshape(maps.shape[0] * maps.shape[1], -1)


def divergence(student, teacher, temperature):
    """tau^2 times the mean over rows of KL(teacher || student)."""
    from torch.nn import functional as F

    p, q = F.log_softmax(teacher / temperature, 1), F.log_softmax(student / temperature, 1)
    return temperature**2 * F.kl_div(q, p, reduction="batchmean", log_target=True)


def descriptor(classes):
    """A teacher with a score per class and distances to the sides, on cells of 8 pixels."""
    return {
        "name": "oracle",
        "inputName": "image",
        "inputWidth": 64,
        "inputHeight": 64,
        "channelOrder": "BGR",
        "mean": MEAN,
        "std": STD,
        "tensors": [
            {"name": "cls.0", "kind": "CLASS_SCORES", "output": "cls", "shape": [len(classes), 8, 8], "stride": 8},
            {"name": "ltrb.0", "kind": "BOX_LOGITS", "output": "ltrb", "shape": [4, 8, 8], "stride": 8},
        ],
        "boxes": {"form": "LTRB"},
        "priors": {"gridOffset": 0.5},
        "classNames": classes,
        "batchSize": 1,
    }


def record(servers, recording, dataset, model, views):
    """An oracle: it reads the annotations. Stops after so many views, as a writer that dies would."""
    manifest = lectern._Broker(servers, {}, lectern.Schemas()).manifest(dataset, "DatasetManifest")
    classes = manifest["classNames"]
    teacher = descriptor(classes)
    kinds = {"CLASS_SCORES": {"values": "float16"}, "BOX_LOGITS": {"values": "fixed24"}}
    identity = lectern.teacher_id(teacher, [model])
    written = 0
    with lectern.RecordingWriter(recording, dataset, teacher, identity, kinds, servers) as writer:
        for view in writer.views():
            if written == int(views):
                break
            scores = np.full((len(classes), 8, 8), -10, np.float32)
            sides = np.zeros((4, 8, 8), np.float32)
            for truth in view["groundTruth"]:
                x, y = (truth["x1"] + truth["x2"]) / 2, (truth["y1"] + truth["y2"]) / 2
                column, row = min(int(x / 8), 7), min(int(y / 8), 7)
                centre = (column + 0.5) * 8, (row + 0.5) * 8
                scores[truth["label"], row, column] = 8
                sides[:, row, column] = [
                    (centre[0] - truth["x1"]) / 8,
                    (centre[1] - truth["y1"]) / 8,
                    (truth["x2"] - centre[0]) / 8,
                    (truth["y2"] - centre[1]) / 8,
                ]
            writer.write(view, {"CLASS_SCORES": {"cls.0": scores}, "BOX_LOGITS": {"ltrb.0": sides}})
            written += 1
    return {"written": written, "teacherId": identity}



def registered(servers, recording, registry):
    """Reads all of a recording that was written with a schema registry."""
    opened = lectern.Recording.from_broker(recording, servers, schemas=lectern.Schemas(registry=registry))
    for view_id in opened.entries:
        opened.view(view_id)
        opened.tensors(view_id)
    return {"views": len(opened.entries)}


if __name__ == "__main__":
    command = {f.__name__: f for f in (containers, student, train, record, registered)}[sys.argv[1]]
    print(json.dumps(command(*sys.argv[2:])))
