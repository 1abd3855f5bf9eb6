/**
 * What every student network is to the rest of Lectern: a specification, named parameters and a
 * forward pass to outputs per level.
 *
 * <p>Shape letters, used throughout: <b>N</b> images, <b>K</b> foreground classes, <b>C</b>
 * channels, <b>H, W</b> rows and columns of a map, <b>B</b> bins per box side.
 */
package dev.lectern.detector;
