package dev.lectern.teacher.recording;

import dev.lectern.schemas.record.View;
import dev.lectern.schemas.view.Canvas;

/** A view on its way through the stages. */
record DecodedView(Delivery delivery, View view, Canvas canvas) {}
