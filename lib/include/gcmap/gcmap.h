// Everything a program that embeds gcmap needs.
#pragma once

#include "gcmap/arena.h"
#include "gcmap/finalizer.h"
#include "gcmap/handles.h"
#include "gcmap/heap.h"
#include "gcmap/map.h"
#include "gcmap/observe.h"
#include "gcmap/out_of_memory.h"
#include "gcmap/pool.h"
#include "gcmap/reference_queue.h"
#include "gcmap/step.h"
#include "gcmap/string.h"
#include "gcmap/weak.h"
#include "gcmap/weak_key_map.h"
#include "gcmap/weak_value_map.h"
