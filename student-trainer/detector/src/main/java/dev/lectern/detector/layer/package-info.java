/**
 * The layers that networks are written in: named parameters, convolution and normalisation, and the
 * operations they run on, eagerly on DJL or recorded into another form.
 */
package dev.lectern.detector.layer;
