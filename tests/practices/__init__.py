"""Tests of practices."""
