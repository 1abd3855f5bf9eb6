"""Steps of three detectors written in plain PyTorch, for `lectern bench networks`.

A step is forward, backward of the sum over outputs of the mean of squares, and plain SGD. Layers have the
published names, so the weights are loaded by name from a safetensors file; batch normalisation uses the
statistics of the batch. The network is traced to a TorchScript file as well, and its outputs on the given
images are written, so that the caller can tell that both compute the same.

With --list, the names of the networks. Else each line on standard input is a number of steps; the answer is one line of JSON with the processor time
and the time of each in milliseconds.
"""

import argparse
import json
import struct
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional


class BasicBlock(nn.Module):
    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or channels_in != channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels_in, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels_in = 64
        for stage in range(4):
            channels = 64 << stage
            blocks = [
                BasicBlock(channels_in, channels, 2 if stage else 1),
                BasicBlock(channels, channels, 1),
            ]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
            channels_in = channels

    def forward(self, x):
        c2 = self.layer1(self.maxpool(self.relu(self.bn1(self.conv1(x)))))
        c3 = self.layer2(c2)
        c4 = self.layer3(c3)
        return c3, c4, self.layer4(c4)


class Conv(nn.Module):
    """A convolution, with group normalisation and ReLU where asked for."""

    def __init__(self, channels_in, channels, kernel, stride=1, groups=0, relu=False):
        super().__init__()
        self.conv = nn.Conv2d(
            channels_in, channels, kernel, stride, kernel // 2, bias=groups == 0
        )
        self.gn = nn.GroupNorm(groups, channels) if groups else None
        self.relu = nn.ReLU(inplace=True) if relu else None

    def forward(self, x):
        x = self.conv(x)
        x = x if self.gn is None else self.gn(x)
        return x if self.relu is None else self.relu(x)


class FeaturePyramid(nn.Module):
    def __init__(self, extra_on_input):
        super().__init__()
        self.extra_on_input = extra_on_input
        self.lateral_convs = nn.ModuleList(Conv(c, 256, 1) for c in (128, 256, 512))
        self.fpn_convs = nn.ModuleList(
            [
                *(Conv(256, 256, 3) for _ in range(3)),
                Conv(512 if extra_on_input else 256, 256, 3, 2),
                Conv(256, 256, 3, 2),
            ]
        )

    def forward(self, maps):
        merged = [lateral(x) for lateral, x in zip(self.lateral_convs, maps)]
        for i in (1, 0):
            merged[i] = merged[i] + functional.interpolate(merged[i + 1], scale_factor=2.0)
        outs = [conv(x) for conv, x in zip(self.fpn_convs, merged)]
        outs.append(self.fpn_convs[3](maps[-1] if self.extra_on_input else outs[-1]))
        outs.append(self.fpn_convs[4](outs[-1]))
        return outs


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return x * self.scale


class DecoupledHead(nn.Module):
    def __init__(self, classes, boxes, groups, scaled):
        super().__init__()
        self.names = (classes[0], boxes[0])
        self.cls_convs = nn.Sequential(
            *(Conv(256, 256, 3, groups=groups, relu=True) for _ in range(4))
        )
        self.reg_convs = nn.Sequential(
            *(Conv(256, 256, 3, groups=groups, relu=True) for _ in range(4))
        )
        for name, channels in (classes, boxes):
            setattr(self, name, nn.Conv2d(256, channels, 3, 1, 1))
        self.scales = nn.ModuleList(Scale() for _ in range(5)) if scaled else None

    def forward(self, levels):
        logits, boxes = [], []
        for number, x in enumerate(levels):
            logits.append(getattr(self, self.names[0])(self.cls_convs(x)))
            box = getattr(self, self.names[1])(self.reg_convs(x))
            boxes.append(box if self.scales is None else self.scales[number](box))
        return logits, boxes


class PyramidDetector(nn.Module):
    """ResNet-18, feature pyramid and a head that all levels share; MMDetection's names."""

    def __init__(self, extra_on_input, head):
        super().__init__()
        self.backbone = ResNet18()
        self.neck = FeaturePyramid(extra_on_input)
        self.bbox_head = head

    def forward(self, images):
        logits, boxes = self.bbox_head(self.neck(self.backbone(images)))
        return tuple(logits + boxes)


class ConvSilu(nn.Module):
    def __init__(self, channels_in, channels, kernel=1, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(channels, eps=1e-3, momentum=0.03)
        self.act = nn.SiLU(inplace=True)

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class Bottleneck(nn.Module):
    def __init__(self, channels, add):
        super().__init__()
        self.cv1 = ConvSilu(channels, channels, 3)
        self.cv2 = ConvSilu(channels, channels, 3)
        self.add = add

    def forward(self, x):
        y = self.cv2(self.cv1(x))
        return x + y if self.add else y


class CrossStage(nn.Module):
    def __init__(self, channels_in, channels, blocks, add):
        super().__init__()
        self.cv1 = ConvSilu(channels_in, channels)
        self.cv2 = ConvSilu((2 + blocks) * (channels // 2), channels)
        self.m = nn.ModuleList(Bottleneck(channels // 2, add) for _ in range(blocks))

    def forward(self, x):
        maps = list(self.cv1(x).chunk(2, 1))
        for block in self.m:
            maps.append(block(maps[-1]))
        return self.cv2(torch.cat(maps, 1))


class Pooling(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.cv1 = ConvSilu(channels, channels // 2)
        self.cv2 = ConvSilu(2 * channels, channels)
        self.m = nn.MaxPool2d(5, 1, 2)

    def forward(self, x):
        maps = [self.cv1(x)]
        for _ in range(3):
            maps.append(self.m(maps[-1]))
        return self.cv2(torch.cat(maps, 1))


class Detect(nn.Module):
    def __init__(self, classes, channels):
        super().__init__()
        boxes = max(16, channels[0] // 4, 64)
        scores = max(channels[0], min(classes, 100))
        self.cv2 = nn.ModuleList(
            nn.Sequential(ConvSilu(c, boxes, 3), ConvSilu(boxes, boxes, 3), nn.Conv2d(boxes, 64, 1))
            for c in channels
        )
        self.cv3 = nn.ModuleList(
            nn.Sequential(
                ConvSilu(c, scores, 3), ConvSilu(scores, scores, 3), nn.Conv2d(scores, classes, 1)
            )
            for c in channels
        )

    def forward(self, maps):
        logits = [layers(x) for layers, x in zip(self.cv3, maps)]
        return tuple(logits + [layers(x) for layers, x in zip(self.cv2, maps)])


class YoloV8n(nn.Module):
    """Layers 0 to 22 of yolov8.yaml at scale n; Ultralytics' names."""

    def __init__(self, classes):
        super().__init__()
        none = nn.Identity
        self.model = nn.ModuleList(
            [
                ConvSilu(3, 16, 3, 2),
                ConvSilu(16, 32, 3, 2),
                CrossStage(32, 32, 1, True),
                ConvSilu(32, 64, 3, 2),
                CrossStage(64, 64, 2, True),
                ConvSilu(64, 128, 3, 2),
                CrossStage(128, 128, 2, True),
                ConvSilu(128, 256, 3, 2),
                CrossStage(256, 256, 1, True),
                Pooling(256),
                none(),
                none(),
                CrossStage(384, 128, 1, False),
                none(),
                none(),
                CrossStage(192, 64, 1, False),
                ConvSilu(64, 64, 3, 2),
                none(),
                CrossStage(192, 128, 1, False),
                ConvSilu(128, 128, 3, 2),
                none(),
                CrossStage(384, 256, 1, False),
                Detect(classes, (64, 128, 256)),
            ]
        )

    def forward(self, images):
        layers = self.model
        x = images
        kept = {}
        for number in range(10):
            x = layers[number](x)
            kept[number] = x
        double = functional.interpolate
        m4 = layers[12](torch.cat((double(x, scale_factor=2.0), kept[6]), 1))
        p3 = layers[15](torch.cat((double(m4, scale_factor=2.0), kept[4]), 1))
        p4 = layers[18](torch.cat((layers[16](p3), m4), 1))
        p5 = layers[21](torch.cat((layers[19](p4), kept[9]), 1))
        return layers[22]((p3, p4, p5))


CLASSES = 80
NETWORKS = {
    "gfl_r18": lambda: PyramidDetector(
        False, DecoupledHead(("gfl_cls", CLASSES), ("gfl_reg", 68), 32, True)
    ),
    "yolov8n": lambda: YoloV8n(CLASSES),
    "retinanet_r18": lambda: PyramidDetector(
        True, DecoupledHead(("retina_cls", 9 * CLASSES), ("retina_reg", 36), 0, False)
    ),
}

# What no layer of these modules has: the distances that bins stand for.
IGNORED = ("model.22.dfl.conv.weight",)


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    arrays = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            values = numpy.frombuffer(data[begin:end], dtype="<f4").reshape(entry["shape"])
            arrays[name] = torch.from_numpy(values.copy())
    return arrays


def load(network, path):
    """Every parameter and statistic by name; what is left over on either side is an error."""
    weights = read_safetensors(path)
    own = {k: v for k, v in network.state_dict().items() if not k.endswith("num_batches_tracked")}
    given = {k: v for k, v in weights.items() if k not in IGNORED}
    if own.keys() != given.keys():
        sys.exit(f"{path}: found {sorted(given.keys() ^ own.keys())} on one side only")
    network.load_state_dict(given, strict=False)


def step(network, optimizer, images):
    optimizer.zero_grad()
    loss = sum((output * output).mean() for output in network(images))
    loss.backward()
    optimizer.step()


def main():
    if sys.argv[1:] == ["--list"]:
        print(json.dumps(list(NETWORKS)))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", required=True, choices=sorted(NETWORKS))
    parser.add_argument("--weights", required=True, help="safetensors")
    parser.add_argument("--images", required=True, help="float32, (N, 3, side, side)")
    parser.add_argument("--side", required=True, type=int)
    parser.add_argument("--rate", required=True, type=float, help="learning rate")
    parser.add_argument("--outputs", required=True, help="written: float32, one after the other")
    parser.add_argument("--script", required=True, help="written: TorchScript")
    given = parser.parse_args()
    torch.set_num_threads(1)
    images = torch.from_numpy(numpy.fromfile(given.images, dtype="<f4"))
    images = images.reshape(-1, 3, given.side, given.side)
    network = NETWORKS[given.network]()
    load(network, given.weights)
    network.train()
    script = torch.jit.trace(network, images[:1], check_trace=False)
    load(script, given.weights)
    torch.jit.save(script, given.script)
    load(network, given.weights)
    with torch.no_grad():
        outputs = network(images)
    numpy.concatenate([o.numpy().ravel() for o in outputs]).astype("<f4").tofile(given.outputs)
    load(network, given.weights)
    optimizer = torch.optim.SGD(network.parameters(), lr=given.rate)
    print(json.dumps({"torch": torch.__version__, "outputs": len(outputs)}), flush=True)
    for line in sys.stdin:
        times = {"cpuMs": [], "ms": []}
        for _ in range(int(line)):
            cpu, wall = time.thread_time(), time.perf_counter()
            step(network, optimizer, images)
            times["cpuMs"].append(1e3 * (time.thread_time() - cpu))
            times["ms"].append(1e3 * (time.perf_counter() - wall))
        print(json.dumps(times), flush=True)


if __name__ == "__main__":
    main()
