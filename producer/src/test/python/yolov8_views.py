"""What the same views cost in Python with OpenCV: mosaic of four, affine, colours, flip, JPEG.

    python3 yolov8_views.py FOLDER_OF_JPEGS VIEWS_PER_IMAGE

Images are decoded before the clock starts, boxes are not followed, and nothing is sent.
"""

import os
import random
import sys
import time

import cv2
import numpy as np

SIDE = 416


def mosaic(images, first, rng):
    board = np.full((2 * SIDE, 2 * SIDE, 3), 114, np.uint8)
    centre_x, centre_y = (int(rng.uniform(SIDE / 2, 1.5 * SIDE)) for _ in "xy")
    for tile in range(4):
        image = images[first if tile == 0 else rng.randrange(len(images))]
        factor = SIDE / max(image.shape[:2])
        image = cv2.resize(image, (int(image.shape[1] * factor), int(image.shape[0] * factor)))
        height, width = image.shape[:2]
        left = centre_x - width if tile % 2 == 0 else centre_x
        top = centre_y - height if tile < 2 else centre_y
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + width, 2 * SIDE), min(top + height, 2 * SIDE)
        board[y0:y1, x0:x1] = image[y0 - top : y1 - top, x0 - left : x1 - left]
    return board


def move(board, rng):
    scale = rng.uniform(0.5, 1.5)
    shift = [SIDE * (0.5 - scale + rng.uniform(-0.1, 0.1)) for _ in "xy"]
    matrix = np.float32([[scale, 0, shift[0]], [0, scale, shift[1]]])
    return cv2.warpAffine(board, matrix, (SIDE, SIDE), borderValue=(114, 114, 114))


def recolor(view, rng):
    hue, saturation, value = (rng.uniform(-1, 1) * gain + 1 for gain in (0.015, 0.7, 0.4))
    levels = np.arange(256)
    tables = [levels * hue % 180, np.clip(levels * saturation, 0, 255), np.clip(levels * value, 0, 255)]
    channels = cv2.split(cv2.cvtColor(view, cv2.COLOR_BGR2HSV))
    channels = [cv2.LUT(c, t.astype(np.uint8)) for c, t in zip(channels, tables)]
    return cv2.cvtColor(cv2.merge(channels), cv2.COLOR_HSV2BGR)


def main(folder, views_per_image):
    cv2.setNumThreads(1)
    rng = random.Random(7)
    files = sorted(f for f in os.listdir(folder) if f.endswith(".jpg"))
    images = [cv2.imread(os.path.join(folder, f)) for f in files]
    start = time.process_time()
    size = 0
    for first in range(len(images)):
        for _ in range(views_per_image):
            view = recolor(move(mosaic(images, first, rng), rng), rng)
            if rng.random() < 0.5:
                view = cv2.flip(view, 1)
            size += len(cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, 95])[1])
    views = len(images) * views_per_image
    cost = (time.process_time() - start) / views
    print(f"{views} views, {1000 * cost:.2f} ms of CPU and {size / views / 1000:.0f} kB each, OpenCV {cv2.__version__}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
